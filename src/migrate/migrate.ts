/** The verbs that change a schema: up, down, to, redo. They differ in what they select; the way is one. */
import { DbkitError } from '../errors.ts';
import type { Connection } from '../postgres/connect.ts';
import { authorize } from '../postgres/guard.ts';
import { ensureOwnSchema, readOwnSchemaVersion, refuseNewer } from '../postgres/own-schema.ts';
import { withRunLock } from '../postgres/run-lock.ts';
import { sameTarget } from '../postgres/same-target.ts';
import type { VerbContext } from '../postgres/target.ts';
import { readMigrationFolder } from './folder.ts';
import { readJournal } from './journal.ts';
import { loadChosen, refuseNonTransactional } from './load-chosen.ts';
import type { MigrationFile } from './migration.ts';
import type { RunOptions } from './options.ts';
import { orderRecord } from './order-record.ts';
import { planHash } from './plan.ts';
import type { RunReport } from './report.ts';
import { namingTarget } from './run/failure.ts';
import { openSession } from './run/open-session.ts';
import { refuseTransactionPooler } from './run/refuse-pooler.ts';
import { runSteps } from './run/run-steps.ts';
import type { RunStep } from './run/session.ts';
import { rememberSchema } from './schema-state.ts';
import type { Request, Selected } from './select.ts';
import { select, wordsOf } from './select.ts';
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
  const { db, signal, onEvent } = context;
  const files = options.files ?? (await readMigrationFolder(options.folder));
  const connection = await db.connect(applicationName(request));
  try {
    refuseNewer(await readOwnSchemaVersion(connection));
    const before = await look(connection, files, options.app);
    // What can not run is refused before anyone waits for the lock; unless another run seems to be at work.
    if (before.every(({ entry }) => entry === null || entry.state === 'applied')) {
      const ready = await prepare(connection, before, request, options, context);
      if (ready.chosen.length === 0) return report(context, request, [], before);
    }
    const lock = { app: options.app, waitMs: options.waitMs, signal, onEvent };
    return await withRunLock(connection, lock, async (held) => {
      const session = await openSession(context, held, options, applicationName(request));
      try {
        const states = await look(session.connection, files, options.app);
        const { chosen, steps } = await prepare(session.connection, states, request, options, context);
        if (chosen.length === 0) return report(context, request, [], states);
        for (const text of losses(steps)) onEvent({ kind: 'warn', text: `down of ${text}` });
        await ensureOwnSchema(session.connection, options.provenance.dbkitVersion);
        const ran = await runSteps(session, steps, states, { singleTransaction: options.singleTransaction ?? false });
        const after = await look(session.connection, files, options.app);
        const latest = after.flatMap(({ entry }) => entry ?? []).sort((a, b) => b.appliedOrder - a.appliedOrder)[0];
        await rememberSchema(session, db.description.platform, latest?.name ?? null);
        return report(context, request, ran, after, losses(steps));
      } finally {
        await session.connection.close();
      }
    });
  } catch (error) {
    throw namingTarget(error, db.description);
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

interface Prepared {
  readonly chosen: readonly Selected[];
  readonly steps: readonly RunStep[];
}

/** Chooses, loads and authorizes; throws for all that can be known before the first statement. */
async function prepare(
  connection: Connection,
  states: readonly MigrationState[],
  request: Request,
  options: RunOptions,
  { db }: VerbContext,
): Promise<Prepared> {
  const record = await orderRecord(states, options.folder);
  const proven = (state: MigrationState) => record?.provenHere(state, states) ?? false;
  const chosen = select(states, request, { allowUnordered: options.allowUnordered ?? false, proven });
  const hash = planHash(states, chosen, db.description);
  confirmPlan(hash, options.plan ?? null, `${wordsOf(request)}${sameTarget(db.description)}`);
  if (chosen.length === 0) return { chosen, steps: [] };
  const action = chosen.some(({ direction }) => direction === 'down') ? 'migrate down' : 'migrate up';
  const { yes = false, plan = null } = options;
  authorize(action, db.description, { yes, plan, command: `migrate ${wordsOf(request)}` });
  const source = { connection, app: options.app, folder: options.folder, target: db.description, yes };
  const steps = await loadChosen(chosen, states, source);
  if (options.singleTransaction === true) refuseNonTransactional(steps, chosen);
  await refuseTransactionPooler(steps, connection, db);
  const told = steps.map((step, index) => {
    const state = chosen[index]?.state;
    if (step.direction === 'down' || state?.outOfOrder !== true) return step;
    return { ...step, unordered: proven(state) ? ('proven' as const) : ('accepted' as const) };
  });
  return { chosen, steps: told };
}

function confirmPlan(hash: string, plan: string | null, command: string): void {
  if (plan === null || plan === hash) return;
  throw new DbkitError('PLAN_CHANGED', `the plan ${plan} is not what migrate ${command} would do now`, {
    hint: `look again: dbkit migrate plan ${command}`,
  });
}

/** What each rollback loses, in the words of its file; and which one has no file. */
function losses(steps: readonly RunStep[]): readonly string[] {
  return steps.flatMap(({ migration: { name, directives, fromJournal }, direction }) =>
    direction === 'up'
      ? []
      : [
          ...(fromJournal === true ? [`${name} comes from the journal: its file is gone`] : []),
          ...(directives.lossy === null ? [] : [`${name} loses ${directives.lossy}`]),
        ],
  );
}

function applicationName(request: Request): string {
  return `dbkit migrate ${request.verb}`;
}

function report(
  { db }: VerbContext,
  request: Request,
  ran: RunReport['ran'],
  states: readonly MigrationState[],
  lost: readonly string[] = [],
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
      ...lost.map((text) => `down of ${text}`),
      ...(requested !== null && undone < requested
        ? [`only ${undone} of the ${requested} asked for ${undone === 1 ? 'was' : 'were'} applied`]
        : []),
      ...states
        .filter(({ status }) => status === 'reformatted')
        .map(({ name }) => `${name} was reformatted since it was applied; its sense is the same`),
    ],
  };
}
