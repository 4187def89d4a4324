/** The verbs that change a schema: up, down, to, redo. They differ in what they select; the way is one. */
import { basename } from 'node:path';
import { DbkitError } from '../errors.ts';
import type { Connection } from '../postgres/connect.ts';
import { authorize } from '../postgres/guard.ts';
import { ensureOwnSchema, readOwnSchemaVersion, refuseNewer } from '../postgres/own-schema.ts';
import { withRunLock } from '../postgres/run-lock.ts';
import type { VerbContext } from '../postgres/target.ts';
import { checksumSql } from './checksum.ts';
import { readMigrationFolder } from './folder.ts';
import { readDownText, readJournal } from './journal.ts';
import type { MigrationFile } from './migration.ts';
import { loadMigrations } from './module.ts';
import type { RunOptions } from './options.ts';
import { buildPlan } from './plan.ts';
import type { RunReport } from './report.ts';
import { openSession } from './run/open-session.ts';
import { runSteps } from './run/run-steps.ts';
import type { RunStep } from './run/session.ts';
import type { Request, Selected } from './select.ts';
import { select } from './select.ts';
import type { MigrationState } from './state.ts';
import { compareWithJournal, isApplied } from './state.ts';

/**
 * Applies the next `count` pending migrations, or all.
 * Throws what `select`, `loadMigrations` and the run throw; `result` of the error holds what stands.
 */
export function migrateUp(
  options: RunOptions & { readonly count?: number | null },
  context: VerbContext,
): Promise<RunReport> {
  return migrate({ verb: 'up', count: options.count ?? null }, options, context);
}

/** Undoes the last `count` applied migrations, the last first. */
export function migrateDown(
  options: RunOptions & { readonly count?: number },
  context: VerbContext,
): Promise<RunReport> {
  return migrate({ verb: 'down', count: options.count ?? 1 }, options, context);
}

/** Goes up or down until `name` (or a unique beginning of it) is the last applied; `zero` undoes all. */
export function migrateTo(options: RunOptions & { readonly name: string }, context: VerbContext): Promise<RunReport> {
  return migrate({ verb: 'to', name: options.name }, options, context);
}

/** Undoes the last `count` and applies them again. */
export function migrateRedo(
  options: RunOptions & { readonly count?: number },
  context: VerbContext,
): Promise<RunReport> {
  return migrate({ verb: 'redo', count: options.count ?? 1 }, options, context);
}

async function migrate(request: Request, options: RunOptions, context: VerbContext): Promise<RunReport> {
  const files = await readMigrationFolder(options.folder);
  const connection = await context.db.connect(applicationName(request));
  try {
    refuseNewer(await readOwnSchemaVersion(connection));
    const before = await look(connection, files, options.app);
    const chosen = select(before, request, { allowUnordered: options.allowUnordered ?? false });
    if (chosen.length === 0) return report(context, request, [], before);
    // Before anyone waits for a lock: what can not run is refused, and the files are imported.
    await prepare(connection, chosen, options);
    authorizeRun(chosen, options, context);
    await confirmPlan(connection, request, chosen, options, context);
    const lock = { app: options.app, waitMs: options.waitMs, signal: context.signal, onEvent: context.onEvent };
    return await withRunLock(connection, lock, async (held) => {
      const session = await openSession(context, held, options, applicationName(request));
      try {
        await ensureOwnSchema(session.connection, options.provenance.dbkitVersion);
        const states = await look(session.connection, files, options.app);
        const now = select(states, request, { allowUnordered: options.allowUnordered ?? false });
        const steps = await prepare(session.connection, now, options);
        await confirmPlan(session.connection, request, now, options, context);
        const ran = await runSteps(session, steps, states, { singleTransaction: options.singleTransaction ?? false });
        return report(context, request, ran, await look(session.connection, files, options.app));
      } finally {
        await session.connection.close();
      }
    });
  } finally {
    await connection.close();
  }
}

async function look(
  connection: Connection,
  files: readonly MigrationFile[],
  app: string,
): Promise<readonly MigrationState[]> {
  return compareWithJournal(files, await readJournal(connection, app));
}

function authorizeRun(chosen: readonly Selected[], options: RunOptions, { db }: VerbContext): void {
  const action = chosen.some(({ direction }) => direction === 'down') ? 'migrate down' : 'migrate up';
  authorize(action, db.description, { yes: options.yes ?? false, plan: options.plan ?? null });
}

/** Loads what will run. A migration whose file is gone is undone by the text that the journal kept. */
async function prepare(
  connection: Connection,
  chosen: readonly Selected[],
  options: RunOptions,
): Promise<readonly RunStep[]> {
  const files = await Promise.all(
    chosen.map(async ({ state }) => state.file ?? (await fileFromJournal(connection, state, options.app))),
  );
  const loaded = await loadMigrations(files);
  const steps = loaded.map((migration, index) => ({ migration, direction: chosen[index]?.direction ?? 'up' }));
  if (options.singleTransaction === true) refuseNonTransactional(steps);
  return steps;
}

async function fileFromJournal(connection: Connection, state: MigrationState, app: string): Promise<MigrationFile> {
  const { name, entry } = state;
  const text = entry === null || entry.kind === 'typescript' ? null : await readDownText(connection, app, name);
  if (entry === null || text === null) {
    throw new DbkitError('MIGRATION_DELETED', `${name} is to be undone, but its file is gone`, {
      hint: 'bring the file back: the journal keeps the rollback of SQL migrations only',
    });
  }
  const file = `${name}.down.sql (from the journal)`;
  return {
    name,
    version: name.replace(/_.*$/, ''),
    kind: entry.kind,
    file,
    up: { raw: entry.upChecksum, normalized: entry.upNormalized },
    down: checksumSql(text),
    sql: { up: { file, source: '', text: '', offset: 0 }, down: { file, source: text, text, offset: 0 } },
    downText: text,
    missingDown: null,
    directives: {
      transaction: { up: entry.transactional, down: entry.transactional },
      irreversible: null,
      lossy: entry.lossy,
      allow: [],
    },
  };
}

function refuseNonTransactional(steps: readonly RunStep[]): void {
  const alone = steps.filter(({ migration, direction }) => !migration.directives.transaction[direction]);
  if (alone.length === 0) return;
  throw new DbkitError(
    'MIGRATION_NOT_TRANSACTIONAL',
    `${alone.map(({ migration }) => basename(migration.file)).join(', ')} can not run inside a transaction`,
    {
      hint: 'run without --single-transaction, or up to the one before it: dbkit migrate to <name> --single-transaction',
    },
  );
}

async function confirmPlan(
  connection: Connection,
  request: Request,
  chosen: readonly Selected[],
  options: RunOptions,
  context: VerbContext,
): Promise<void> {
  if (options.plan === undefined || options.plan === null) return;
  const { hash } = await buildPlan(connection, chosen, context.db.description, options.app);
  if (hash === options.plan) return;
  throw new DbkitError('PLAN_CHANGED', `the plan ${options.plan} is not what ${request.verb} would do now (${hash})`, {
    hint: `look again: dbkit migrate plan ${request.verb}`,
  });
}

function applicationName(request: Request): string {
  return `dbkit migrate ${request.verb}`;
}

function report(
  { db }: VerbContext,
  request: Request,
  ran: RunReport['ran'],
  states: readonly MigrationState[],
): RunReport {
  const requested = request.verb === 'down' || request.verb === 'redo' ? request.count : null;
  const undone = ran.filter(({ direction }) => direction === 'down').length;
  return {
    target: db.description,
    ran,
    requested,
    applied: states.filter(isApplied).length,
    pending: states.filter(({ status }) => status === 'pending').length,
    notes: [
      ...(requested !== null && undone < requested
        ? [`only ${undone} of the ${requested} asked for ${undone === 1 ? 'was' : 'were'} applied`]
        : []),
      ...states
        .filter(({ status }) => status === 'reformatted')
        .map(({ name }) => `${name} was reformatted since it was applied; its sense is the same`),
    ],
  };
}
