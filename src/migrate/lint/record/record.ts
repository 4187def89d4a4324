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
import { openSession } from '../../run/open-session.ts';
import { runSteps } from '../../run/run-steps.ts';
import type { RunSession, RunStep } from '../../run/session.ts';
import { compareWithJournal } from '../../state.ts';
import type { RecordedMigration, RecordedRun, RecordedStatement } from '../recording.ts';
import { conclude } from './conclude.ts';
import { Recorder } from './recorder.ts';

export interface ToRecord {
  readonly migration: Migration;
  /** Null: it is run on the way and not looked at. */
  readonly record: 'up' | 'up and down' | null;
}

export type RecordOptions = Pick<MigrateOptions, 'app' | 'lockTimeoutMs' | 'statementTimeoutMs' | 'provenance'>;

const applicationName = 'dbkit migrate lint';

/** In the order of `migrations`, on a fresh scratch database. Throws what `migrateUp` throws. */
export function recordMigrations(
  context: VerbContext,
  migrations: readonly ToRecord[],
  options: RecordOptions,
): Promise<readonly RecordedMigration[]> {
  return onScratch(context, options, (recording) => recording.of(migrations));
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
        return await work(new Recording(session, reader, recorder, await parsing));
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

  constructor(
    session: RunSession,
    reader: Connection,
    recorder: Recorder,
    parser: Awaited<ReturnType<typeof loadParser>>,
  ) {
    this.#session = session;
    this.#reader = reader;
    this.#recorder = recorder;
    this.#parser = parser;
  }

  async of(migrations: readonly ToRecord[]): Promise<readonly RecordedMigration[]> {
    const recorded: RecordedMigration[] = [];
    let before: RecordedRun['before'] | null = null;
    for (let at = 0; at < migrations.length; ) {
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
      const up = await this.#run(one.migration, 'up', before);
      const reversible = one.migration.down !== null && one.record === 'up and down';
      const down = reversible ? await this.#run(one.migration, 'down', up.after) : null;
      if (down !== null && at < migrations.length) await this.pass([one.migration]);
      recorded.push({ file: one.migration, up, down });
      before = up.after;
    }
    return recorded;
  }

  /** Up, without a look: many of them in a chain. */
  async pass(migrations: readonly Migration[]): Promise<void> {
    const session = { ...this.#session, observer: undefined };
    const steps = migrations.map((migration) => ({ migration, direction: 'up' as const }));
    await runSteps(session, steps, [], { singleTransaction: false });
  }

  async #run(file: Migration, direction: Direction, before: RecordedRun['before']): Promise<RecordedRun> {
    const statements = await this.statements({ migration: file, direction });
    return { file, direction, statements, before, after: await readCatalog(this.#reader) };
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
