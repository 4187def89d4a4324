/** Tries a step on the scratch database: what a migration fails with is an answer, what ends the proof is thrown. */
import { basename } from 'node:path';
import { isOwnFault } from '../own-fault.ts';
import type { RunStep } from '../run/session.ts';
import type { FaultKind, ProofFault, RunFailure } from './report.ts';
import type { Stage } from './stage.ts';

/** Null: it went through. Throws what is not the migration's fault, and the reason of an interrupt. */
export async function attempt(stage: Stage, step: RunStep): Promise<RunFailure | null> {
  try {
    await stage.run([step]);
    return null;
  } catch (error) {
    stage.signal.throwIfAborted();
    return toFailure(error);
  }
}

/** Throws what is not a migration's fault. */
function toFailure(error: unknown): RunFailure {
  if (!isOwnFault(error)) throw error;
  const { message, sql, location } = error;
  // The hints of a run are about a database that somebody wants to have.
  return { message, hint: sql?.hint ?? null, location, sql };
}

/**
 * True where rows can have something to do with it. What the server found wrong with the names and the syntax of a
 * statement (class 42), or with what depends on an object, it finds wrong on empty tables too.
 */
export function mayBeRows({ sql }: RunFailure): boolean {
  return sql === null || !(sql.sqlstate.startsWith('42') || sql.sqlstate === '2BP01' || sql.sqlstate.startsWith('0A'));
}

const saying: Readonly<Record<FaultKind, string>> = {
  'up fails': 'the up fails',
  'up fails with rows': 'the up fails where tables have rows; on empty tables it runs',
  'down fails': 'the down fails',
  'down fails with rows': 'the down fails where tables have rows; on empty tables it runs',
  'up again fails': 'after the down the up fails',
  'up again fails with rows': 'after the down the up fails where tables have rows; on empty tables it runs',
  'down differs': 'the down does not bring back what was there before the up',
  'up again differs': 'a second up does not make what the first one made',
  'undeclared loss': 'data is lost that the migration does not declare as lossy',
};

export function failed(kind: FaultKind, failure: RunFailure): ProofFault {
  const { location } = failure;
  const place =
    location === null ? '' : ` (${[basename(location.file), location.line].filter((part) => part !== null).join(':')})`;
  return { kind, words: `${saying[kind]}: ${reasonOf(failure)}${place}`, differences: [], failure };
}

export function sayingOf(kind: FaultKind): string {
  return saying[kind];
}

/** The server's words alone. */
function reasonOf({ message, sql }: RunFailure): string {
  return sql === null ? message : message.replace(/^(?:up|down) of .*? failed: /, '');
}
