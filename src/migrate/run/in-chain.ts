/**
 * Runs SQL migrations one behind the other, each in its own transaction, without waiting for answers: the next one is
 * with the server before the last is done, and is skipped there when that fails.
 */
import type { ChainedStatement } from '../../postgres/connect.ts';
import { splitStatements } from '../../postgres/sql-text.ts';
import { toEntry } from '../entry.ts';
import { appliedSql, appliedValues, refusedRecord } from '../journal-write.ts';
import type { Blocker } from './blockers.ts';
import { watchingBlockers } from './blockers.ts';
import { StatementFailure } from './failure.ts';
import { changedWithoutLock } from './in-transaction.ts';
import { RanText } from './ran-text.ts';
import type { RunSession, RunStep } from './session.ts';
import { eventOf, transactionSettings } from './session.ts';
import { changesSession } from './session-state.ts';
import { refuseTransactionControl } from './transaction-control.ts';

/** A migration as its statements; the last of them is its COMMIT. */
export interface Link {
  readonly step: RunStep;
  readonly statements: readonly ChainedStatement[];
  /** What the error of a statement becomes; the statements of the migration itself are named. */
  readonly failing: (statement: ChainedStatement, cause: unknown) => unknown;
}

export interface ChainEnd {
  /** How many are committed. */
  readonly done: number;
  /** What the one after them failed with; undefined when none did. */
  readonly failure?: unknown;
  readonly blockers: readonly Blocker[];
}

/** The first chain of a run is short: the server works on it while the next is made ready. */
const firstLength = 8;
/** A chain is begun anew after so many, so that a long run does not lie in memory as a whole. */
const longest = 64;

/** As many of the steps from `at` as can be run this way; the last one of all makes the run durable. */
export function linkSteps(
  session: RunSession,
  steps: readonly RunStep[],
  at: number,
  isBegun: (step: RunStep) => boolean,
): readonly Link[] {
  const links: Link[] = [];
  if (session.backendPid === null || session.observer !== undefined) return links;
  for (const step of steps.slice(at, at + (at === 0 ? firstLength : longest))) {
    const link = isBegun(step) ? null : toLink(session, step, step === steps.at(-1));
    if (link === null) break;
    links.push(link);
  }
  return links;
}

/** Null for what needs an answer on its way: TypeScript, a down, SET, COPY, another user, a file that is refused. */
function toLink(session: RunSession, step: RunStep, last: boolean): Link | null {
  const { migration, direction } = step;
  const script = migration.sql?.up ?? null;
  if (direction === 'down' || script === null || !migration.directives.transaction.up) return null;
  const statements = splitStatements(script.text);
  try {
    refuseTransactionControl(statements, script.file, script);
  } catch {
    return null;
  }
  const plain = statements.every(
    (statement) =>
      // SET TRANSACTION must be the first of its transaction, and our own question about the lock comes before it.
      !['set', 'copy'].includes(statement.words[0] ?? '') &&
      !changesSession(statement) &&
      !session.rules.elevates(statement.text),
  );
  if (!plain) return null;
  const { app, provenance, keepText } = session;
  const ran = new RanText();
  const own = statements.map(({ text, start }) => {
    ran.add(text);
    return { sql: text, start };
  });
  const entry = toEntry(migration, {
    app,
    dbkitVersion: provenance.dbkitVersion,
    state: 'applied',
    transactional: true,
  });
  const event = eventOf(step, { statements: own.length });
  const record = appliedValues(entry, provenance, event, { hashes: ran.hashes, texts: keepText ? ran.texts : null });
  return {
    step,
    statements: [
      { sql: 'begin', keptAs: 'begin' },
      session.lock.guard,
      ...transactionSettings(session, { durable: last }).map((sql, index) => ({
        sql,
        keptAs: `${last ? 'last' : 'inner'}_${index}`,
      })),
      ...own,
      { sql: appliedSql, values: record, keptAs: 'applied' },
      { sql: 'commit', keptAs: 'commit', announced: true },
    ],
    failing: (statement, cause) => {
      const failed = own.find((one) => one === statement);
      if (statement === session.lock.guard) return session.lock.gone();
      if (failed === undefined)
        return statement.sql === appliedSql ? changedWithoutLock(refusedRecord(cause), migration.name) : cause;
      const origin = { file: script.file, source: script.source, offset: script.offset + failed.start };
      return new StatementFailure({
        migration: migration.name,
        direction,
        statement: failed.sql,
        origin,
        file: script.file,
        cause,
      });
    },
  };
}

/**
 * Runs the links until one fails, which is rolled back; those before it are committed, those behind it were not begun.
 * `onDone` is told of each as it is committed.
 */
export async function runChain(
  session: RunSession,
  links: readonly Link[],
  onDone: (step: RunStep) => void,
): Promise<ChainEnd> {
  const { connection, backendPid, signal } = session;
  const statements = links.flatMap((link) => link.statements);
  const last = new Map(links.map((link) => [link.statements.at(-1), link.step]));
  let done = 0;
  let answered = 0;
  let blockers: readonly Blocker[] = [];
  try {
    await watchingBlockers(session, async (watched) => {
      watched.backendPid = backendPid;
      try {
        await connection.chain(statements, (index) => {
          answered = index + 1;
          const committed = last.get(statements[index]);
          if (committed === undefined) return;
          done += 1;
          onDone(committed);
          if (signal.aborted) void connection.cancel().catch(() => {});
        });
      } finally {
        ({ blockers } = watched);
      }
    });
    return { done, blockers };
  } catch (error) {
    if (connection.lost === null) await connection.run('rollback').catch(() => {});
    const failed = statements[answered];
    const link = links[done];
    return {
      done,
      blockers,
      failure: failed === undefined || link === undefined ? error : link.failing(failed, error),
    };
  }
}
