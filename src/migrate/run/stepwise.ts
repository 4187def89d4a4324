/**
 * Runs a migration statement by statement, outside one transaction, so that a crash at any moment can be mended.
 *
 * A statement that may run in a transaction carries its own record in it. Any other is announced in the journal
 * before it starts; when it was cut off, the next run reads from the catalog what became of it, where that can be
 * told, and else refuses and names it.
 */
import { DbkitError } from '../../errors.ts';
import { executeOn } from '../../postgres/kysely-result.ts';
import type { Statement } from '../../postgres/sql-text.ts';
import { splitStatements } from '../../postgres/sql-text.ts';
import { toEntry } from '../entry.ts';
import type { JournalEntry } from '../journal.ts';
import { claimForDown, finishDown, finishUp, insertEntry, updateChecksums } from '../journal-write.ts';
import type { SqlScript } from '../migration.ts';
import { runModule } from './module-runner.ts';
import { moduleLocation, observed } from './observe.ts';
import { Progress } from './progress.ts';
import { takesRole } from './recognize.ts';
import type { RunSession, RunStep } from './session.ts';
import { eventOf, recordable, transactionSettings } from './session.ts';
import { changesSession } from './session-state.ts';
import { groupTransactions } from './units.ts';

/** Runs one step, or goes on with it where `found`, its journal row, says that it was begun. */
export async function runStepwise(session: RunSession, step: RunStep, found: JournalEntry | null): Promise<void> {
  const { migration, direction } = step;
  const { app, connection, provenance } = session;
  const restore = await session.restoring();
  await connection.run(
    `set lock_timeout = ${session.lockTimeoutMs}; set statement_timeout = ${session.statementTimeoutMs ?? 0}`,
  );
  const begun = found !== null && found.state !== 'applied' ? found : null;
  await claim(session, step, found);
  const progress = new Progress(session, step, begun);
  const changed = { session: false };
  const script = migration.sql?.[direction] ?? null;
  if (migration.module !== null) await runCompiled(progress, changed);
  else if (script !== null) await runScript(progress, script, changed);
  if (changed.session) await connection.run(restore);
  const event = eventOf(step, { statements: progress.ordinal, transactional: false });
  await (direction === 'up'
    ? finishUp(connection, app, provenance, event, null)
    : finishDown(connection, app, provenance, event));
  await connection.run('reset lock_timeout; reset statement_timeout');
}

async function claim(
  session: RunSession,
  { migration, direction }: RunStep,
  found: JournalEntry | null,
): Promise<void> {
  const { app, connection, provenance } = session;
  const entry = toEntry(migration, {
    app,
    dbkitVersion: provenance.dbkitVersion,
    state: 'running',
    transactional: false,
  });
  if (direction === 'up') {
    // What comes after the statements that ran may have been mended since.
    await (found === null ? insertEntry(connection, entry) : updateChecksums(connection, entry));
    return;
  }
  if (found?.state !== 'applied') return;
  if (!(await claimForDown(connection, app, migration.name, false))) {
    throw new DbkitError('RUN_LOCKED', `${migration.name} was changed by another run meanwhile; nothing was done`, {
      hint: 'look with: dbkit migrate status',
    });
  }
}

async function runScript(progress: Progress, script: SqlScript, changed: { session: boolean }): Promise<void> {
  const { session, step } = progress;
  const { connection, rules } = session;
  const units = groupTransactions(splitStatements(script.text), script);
  for (const unit of units) for (const statement of unit.statements) refuseRole(statement, script.file);
  const toWork = (statement: Statement) => {
    const { text: sql, start } = statement;
    const origin = { file: script.file, source: script.source, offset: script.offset + start };
    return {
      statement,
      origin,
      run: (transaction: object | null) => {
        changed.session ||= changesSession(statement);
        return observed(session, { step, sql, origin, location: null, transaction }, () =>
          rules.elevate(connection, sql, () => connection.run(sql)),
        );
      },
    };
  };
  for (const { begin, statements } of units) {
    const [only] = statements;
    if (begin === null && only !== undefined) {
      await progress.runOne(toWork(only));
      continue;
    }
    const ran = recordable(statements.map(({ text }) => text).join(';\n'));
    const at = progress.next();
    if (progress.isDone(at)) progress.assertSame(at, ran.hash, ran.text);
    else await progress.runRecorded(begin?.text ?? 'begin', statements.map(toWork), ran, at);
  }
}

async function runCompiled(progress: Progress, changed: { session: boolean }): Promise<void> {
  const { session, step } = progress;
  const { connection, rules } = session;
  const { migration, direction } = step;
  const block = new TransactionBlock(progress);
  await runModule(migration, direction, {
    signal: session.signal,
    check: (sql) => {
      const statements = splitStatements(sql);
      for (const statement of statements) refuseRole(statement, migration.file);
      rules.refuse(sql, migration.file);
      changed.session ||= statements.some(changesSession);
    },
    execute: async (sql, parameters) => {
      const [statement] = splitStatements(sql);
      const location = moduleLocation(session, step);
      const run = (transaction: object | null) =>
        observed(session, { step, sql, origin: null, location, transaction }, () =>
          rules.elevate(connection, sql, () => executeOn(connection, sql, parameters)),
        );
      const { transaction } = block;
      if (statement === undefined || isRead(statement)) return run(transaction);
      if (transaction !== null) return (await block.run(sql, () => run(transaction))) ?? { rows: [] };
      // One that an earlier run did is not run again, and gives no rows.
      return (await progress.runOne({ statement, origin: null, run })) ?? { rows: [] };
    },
    transactions: {
      begin: () => block.begin(),
      commit: () => block.commit(),
      rollback: () => block.rollback(),
    },
  });
}

/** `db.transaction()` of a TypeScript migration: runs and is recorded as one. */
class TransactionBlock {
  /** While it is open. */
  transaction: object | null = null;
  readonly #progress: Progress;
  #at = 0;
  #texts: string[] = [];

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  get #skipped(): boolean {
    return this.#progress.isDone(this.#at);
  }

  async begin(): Promise<void> {
    const { session } = this.#progress;
    this.#at = this.#progress.next();
    this.#texts = [];
    this.transaction = {};
    if (!this.#skipped)
      await session.connection.run(`begin; ${transactionSettings(session, { durable: true }).join('; ')}`);
  }

  async run<T>(sql: string, run: () => Promise<T>): Promise<T | null> {
    this.#texts.push(sql);
    return this.#skipped ? null : run();
  }

  async commit(): Promise<void> {
    this.transaction = null;
    const ran = recordable(this.#texts.join(';\n'));
    if (this.#skipped) return this.#progress.assertSame(this.#at, ran.hash, ran.text);
    await this.#progress.record('running', this.#at + 1, null, ran);
    await this.#progress.session.connection.run('commit');
  }

  async rollback(): Promise<void> {
    this.transaction = null;
    if (this.#skipped) return;
    this.#progress.ordinal -= 1;
    await this.#progress.session.connection.run('rollback');
  }
}

const writing = ['insert', 'update', 'delete', 'merge'];

/** What only reads is neither counted nor recorded: a run that goes on later needs its rows again. */
function isRead({ words }: Statement): boolean {
  const [first = ''] = words;
  if (first === 'select') return !words.includes('set_config') && !words.includes('into');
  if (first === 'with') return !words.some((word) => writing.includes(word));
  return first === 'show' || first === 'explain' || first === 'values' || first === 'table';
}

function refuseRole(statement: Statement, file: string): void {
  if (!takesRole(statement)) return;
  throw new DbkitError(
    'FILE_INVALID',
    `${file} holds "${statement.text}", but dbkit keeps its records between the statements, as the role it has`,
    {
      hint: 'set `role` of the environment in dbkit.config.ts, or move it into a migration that runs in a transaction',
      location: { file, line: null, column: null },
    },
  );
}
