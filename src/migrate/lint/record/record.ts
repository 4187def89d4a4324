/**
 * Runs migrations on a scratch database and records what each does there: at the state before it, with the statements
 * of a real run, up, then down and up again. The tables are as empty as the migrations leave them: locks, rewrites and
 * scans do not depend on rows.
 */
import { readCatalog } from '../../../catalog/read.ts';
import type { Connection } from '../../../postgres/connect.ts';
import { ensureOwnSchema } from '../../../postgres/own-schema.ts';
import { loadParser } from '../../../postgres/parse-sql.ts';
import { withRunLock } from '../../../postgres/run-lock.ts';
import type { VerbContext } from '../../../postgres/target.ts';
import { readJournal } from '../../journal.ts';
import type { Direction } from '../../migration.ts';
import type { Migration } from '../../module.ts';
import type { MigrateOptions } from '../../options.ts';
import { isOwnFault } from '../../own-fault.ts';
import { openSession } from '../../run/open-session.ts';
import { runSteps } from '../../run/run-steps.ts';
import type { RunSession, RunStep } from '../../run/session.ts';
import { compareWithJournal } from '../../state.ts';
import type { FailedRun, RecordedMigration, RecordedRun, RecordedStatement } from '../recording.ts';
import { conclude } from './conclude.ts';
import { Recorder } from './recorder.ts';

export interface ToRecord {
  readonly migration: Migration;
  /** Null: it is run on the way and not looked at. */
  readonly record: 'up' | 'up and down' | null;
}

export type RecordOptions = Pick<MigrateOptions, 'app' | 'lockTimeoutMs' | 'statementTimeoutMs' | 'provenance'>;

const applicationName = 'dbkit migrate lint';

/**
 * In the order of `migrations`, on a fresh scratch database. A migration that fails is recorded as failed; `reopen` gives
 * another fresh database for those behind it. They are left out without it, and behind an up that fails. Throws what
 * `migrateUp` throws for one that is not recorded, and what is no migration's fault.
 */
export async function recordMigrations(
  context: VerbContext,
  migrations: readonly ToRecord[],
  options: RecordOptions,
  reopen?: () => Promise<VerbContext>,
): Promise<readonly RecordedMigration[]> {
  const recorded: RecordedMigration[] = [];
  let place: VerbContext | undefined = context;
  for (let from = 0; place !== undefined && from < migrations.length; ) {
    const leg: Leg = await onScratch(place, options, (recording) => recording.of(migrations, from));
    recorded.push(...leg.recorded);
    if (leg.next === null || leg.next === migrations.length) break;
    from = leg.next;
    place = await reopen?.();
  }
  return recorded;
}

/** What one scratch database was good for. */
interface Leg {
  readonly recorded: readonly RecordedMigration[];
  /** Where to go on, on a fresh one; null where nothing more can be recorded. */
  readonly next: number | null;
}

/** Applies `applied` and records the statements of each of the steps, which go on from there; no catalogs. */
export function recordSteps(
  context: VerbContext,
  applied: readonly Migration[],
  steps: readonly RunStep[],
  options: RecordOptions,
): Promise<readonly (readonly RecordedStatement[])[]> {
  return onScratch(context, options, async (recording) => {
    await recording.pass(applied);
    const recorded: (readonly RecordedStatement[])[] = [];
    for (const step of steps) recorded.push(await recording.statements(step));
    return recorded;
  });
}

async function onScratch<T>(
  context: VerbContext,
  options: RecordOptions,
  work: (recording: Recording) => Promise<T>,
): Promise<T> {
  const { db, signal, onEvent } = context;
  // Nobody waits for the answer of the scratch server before the parser is there.
  const parsing = loadParser();
  parsing.catch(() => {});
  const keeper = await db.connect(applicationName);
  try {
    await ensureOwnSchema(keeper, options.provenance.dbkitVersion);
    const lock = { app: options.app, waitMs: 0, signal, onEvent };
    return await withRunLock(keeper, lock, async (held) => {
      const recorder = new Recorder();
      const run: MigrateOptions = { ...options, folder: '', keepText: false, waitMs: 0 };
      const observation = { observer: recorder, onNotice: recorder.onNotice };
      const session = await openSession(quiet(context), held, run, applicationName, observation);
      const reader = await db.connect(applicationName);
      try {
        return await work(new Recording(session, reader, recorder, await parsing, signal));
      } finally {
        await Promise.all([session.connection.close(), reader.close()]);
      }
    });
  } finally {
    await keeper.close();
  }
}

class Recording {
  readonly #session: RunSession;
  readonly #reader: Connection;
  readonly #recorder: Recorder;
  readonly #parser: Awaited<ReturnType<typeof loadParser>>;
  readonly #signal: AbortSignal;

  constructor(
    session: RunSession,
    reader: Connection,
    recorder: Recorder,
    parser: Awaited<ReturnType<typeof loadParser>>,
    signal: AbortSignal,
  ) {
    this.#session = session;
    this.#reader = reader;
    this.#recorder = recorder;
    this.#parser = parser;
    this.#signal = signal;
  }

  /** From the place `from`, those before it being applied first; to the end, or to one whose failure leaves it unclear what is there. */
  async of(migrations: readonly ToRecord[], from: number): Promise<Leg> {
    await this.pass(migrations.slice(0, from).map(({ migration }) => migration));
    const recorded: RecordedMigration[] = [];
    let before: RecordedRun['before'] | null = null;
    for (let at = from; at < migrations.length; ) {
      const passed = migrations.slice(at).findIndex(({ record }) => record !== null);
      const many = passed === -1 ? migrations.length - at : passed;
      if (many > 0) {
        await this.pass(migrations.slice(at, at + many).map(({ migration }) => migration));
        before = null;
        at += many;
        continue;
      }
      const one = migrations[at];
      at += 1;
      if (one === undefined) break;
      before ??= await readCatalog(this.#reader);
      const file = one.migration;
      const up = await this.#run(file, 'up', before);
      if (up.failed !== null) {
        recorded.push({ file, up: up.run, down: null, failed: up.failed });
        return { recorded, next: null };
      }
      before = up.run.after;
      if (file.down === null || one.record === 'up') {
        recorded.push({ file, up: up.run, down: null, failed: null });
        continue;
      }
      const down = await this.#run(file, 'down', before);
      const failed = down.failed ?? (await this.#again(file));
      recorded.push({ file, up: up.run, down: down.failed === null ? down.run : null, failed });
      if (failed !== null) return { recorded, next: at };
    }
    return { recorded, next: null };
  }

  async #again(migration: Migration): Promise<FailedRun | null> {
    try {
      await this.pass([migration]);
      return null;
    } catch (error) {
      return this.#toFailed('up again', error);
    }
  }

  /** Throws what is not the migration's fault. */
  #toFailed(step: FailedRun['step'], error: unknown): FailedRun {
    this.#signal.throwIfAborted();
    if (!isOwnFault(error)) throw error;
    const { message, location, sql } = error;
    return { step, message, location, sqlstate: sql?.sqlstate ?? null };
  }

  /** Up, without a look: many of them in a chain. */
  async pass(migrations: readonly Migration[]): Promise<void> {
    if (migrations.length === 0) return;
    const session = { ...this.#session, observer: undefined };
    const steps = migrations.map((migration) => ({ migration, direction: 'up' as const }));
    await runSteps(session, steps, [], { singleTransaction: false });
  }

  async #run(
    file: Migration,
    direction: Direction,
    before: RecordedRun['before'],
  ): Promise<{ readonly run: RecordedRun; readonly failed: FailedRun | null }> {
    let failed: FailedRun | null = null;
    let statements: readonly RecordedStatement[];
    try {
      statements = await this.statements({ migration: file, direction });
    } catch (error) {
      failed = this.#toFailed(direction, error);
      statements = conclude(this.#recorder.end(), this.#parser);
    }
    return { run: { file, direction, statements, before, after: await readCatalog(this.#reader) }, failed };
  }

  async statements(step: RunStep): Promise<readonly RecordedStatement[]> {
    const { migration, direction } = step;
    // A down without a transaction goes on from its journal row.
    const states =
      direction === 'down' && !migration.directives.transaction.down
        ? compareWithJournal([migration], await readJournal(this.#session.connection, this.#session.app))
        : [];
    await this.#recorder.begin(this.#session);
    await runSteps(this.#session, [step], states, { singleTransaction: false });
    return conclude(this.#recorder.end(), this.#parser);
  }
}

/** Each migration told by itself would look like one on a real target. */
function quiet(context: VerbContext): VerbContext {
  return {
    ...context,
    onEvent: (event) => {
      if (event.kind === 'warn' || event.kind === 'wait') context.onEvent(event);
    },
  };
}
