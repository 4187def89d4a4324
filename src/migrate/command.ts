/** `dbkit migrate …`: declares the verbs; each loads what it needs when it runs. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { RegisterRoom, TargetVerb, TargetVerbInput, VerbInput, Verbs } from '../command.ts';
import { DbkitError } from '../errors.ts';
import type { RunOptions } from './options.ts';
import type { PlanReport, RunReport } from './report.ts';
import type { Request } from './select.ts';

const lazyRender = () => import('./render.ts');
const defaultWaitMs = 600_000;

export const registerMigrate: RegisterRoom = (program, verbs) => {
  const migrate = program.command('migrate').description('take the schema up and down, with a journal and rollbacks');
  declareRuns(migrate, verbs);
  declareReads(migrate, verbs);
  declareRecords(migrate, verbs);
};

function declareRuns(migrate: Command, verbs: Verbs): void {
  const upCommand = runOptions(migrate.command('up').description('apply pending migrations'))
    .argument('[n]', 'how many (default: all)', positiveInteger)
    .option('--allow-unordered', 'accept pending migrations that are older than applied ones');
  verbs.onTarget(upCommand, {
    ...runVerb((input) => ({ verb: 'up', count: (input.args[0] as number | undefined) ?? null })),
    guard: 'migrate up',
    examples: ['dbkit migrate up', 'dbkit migrate up 1 --env staging', 'dbkit migrate up --single-transaction'],
  });
  const downCommand = runOptions(
    migrate.command('down').description('undo applied migrations, the last one first'),
  ).argument('[n]', 'how many (default: 1)', positiveInteger);
  verbs.onTarget(downCommand, {
    ...runVerb((input) => ({ verb: 'down', count: (input.args[0] as number | undefined) ?? 1 })),
    guard: 'migrate down',
    examples: [
      'dbkit migrate down',
      'dbkit migrate down 3',
      'dbkit migrate down --env production --plan 5d1c0f8a77e0b6c2',
    ],
  });
  const toCommand = runOptions(
    migrate.command('to').description('go up or down until a migration is the last one applied'),
  )
    .argument('<name>', 'its name, a unique beginning of it, or zero')
    .option('--allow-unordered', 'accept pending migrations that are older than applied ones');
  verbs.onTarget(toCommand, {
    ...runVerb((input) => ({ verb: 'to', name: String(input.args[0]) })),
    guard: 'migrate down',
    examples: ['dbkit migrate to 20260101120000', 'dbkit migrate to zero'],
  });
  const redoCommand = runOptions(
    migrate.command('redo').description('undo the last migrations and apply them again'),
  ).argument('[n]', 'how many (default: 1)', positiveInteger);
  verbs.onTarget(redoCommand, {
    ...runVerb((input) => ({ verb: 'redo', count: (input.args[0] as number | undefined) ?? 1 })),
    guard: 'migrate down',
    examples: ['dbkit migrate redo', 'dbkit migrate redo 2'],
  });
}

function runOptions(command: Command): Command {
  return command
    .option('--single-transaction', 'all in one transaction: all or nothing')
    .option('--dry-run', 'print the plan and change nothing')
    .option('--plan <hash>', 'run exactly the plan of this hash, or refuse')
    .option('--yes', 'do not ask where the table of targets says to')
    .option('--wait <duration>', 'how long to wait for another run (default: 10min)');
}

function runVerb(
  toRequest: (input: TargetVerbInput) => Request,
): Pick<TargetVerb<RunReport | PlanReport>, 'writes' | 'run' | 'render'> {
  return {
    writes: true,
    run: async (input) => {
      const request = toRequest(input);
      const options = await migrateOptions(input);
      if (input.options.dryRun === true) {
        const { planMigrations } = await import('./plan.ts');
        return { report: await planMigrations({ ...options, request }, input.context) };
      }
      const { migrateDown, migrateRedo, migrateTo, migrateUp } = await import('./migrate.ts');
      switch (request.verb) {
        case 'up':
          return { report: await migrateUp({ ...options, count: request.count }, input.context) };
        case 'down':
          return { report: await migrateDown({ ...options, count: request.count }, input.context) };
        case 'to':
          return { report: await migrateTo({ ...options, name: request.name }, input.context) };
        case 'redo':
          return { report: await migrateRedo({ ...options, count: request.count }, input.context) };
        default: {
          const never: never = request;
          throw new Error(`not handled: ${JSON.stringify(never)}`);
        }
      }
    },
    render: async (report, style) => {
      const { renderPlan, renderRun } = await lazyRender();
      return 'hash' in report ? renderPlan(report, style) : renderRun(report, style);
    },
  };
}

function declareReads(migrate: Command, verbs: Verbs): void {
  const statusCommand = migrate
    .command('status')
    .description('what is applied, pending, edited or deleted')
    .option('--exit-code', 'exit 1 when anything is pending, edited, deleted or cut off');
  verbs.onTarget(statusCommand, {
    writes: false,
    examples: ['dbkit migrate status', 'dbkit migrate status --exit-code --json'],
    exits: { 1: 'with --exit-code: something is pending, edited, deleted or cut off' },
    run: async (input) => {
      const { migrationStatus } = await import('./status.ts');
      const report = await migrationStatus({ folder: input.config.migrations, app: input.config.app }, input.context);
      const clean = report.pending === 0 && report.faults.length === 0;
      return { report, exitCode: input.options.exitCode === true && !clean ? 1 : 0 };
    },
    render: async (report, style) => (await lazyRender()).renderStatus(report, style),
  });
  const planCommand = migrate
    .command('plan')
    .description('print what would run, in order, with its SQL and a hash')
    .argument('[verb]', 'up, down, to or redo (default: up)')
    .argument('[argument]', 'what that verb takes')
    .option('--allow-unordered', 'accept pending migrations that are older than applied ones');
  verbs.onTarget(planCommand, {
    writes: false,
    examples: ['dbkit migrate plan', 'dbkit migrate plan down 2 --env production'],
    run: async (input) => {
      const { planMigrations } = await import('./plan.ts');
      const request = requestOf(input.args);
      return { report: await planMigrations({ ...(await migrateOptions(input)), request }, input.context) };
    },
    render: async (report, style) => (await lazyRender()).renderPlan(report, style),
  });
}

function requestOf([verb = 'up', argument]: readonly unknown[]): Request {
  const text = argument === undefined ? undefined : String(argument);
  const count = text === undefined ? null : parseCount(text);
  if (text !== undefined && count === null && verb !== 'to') {
    throw new DbkitError('USAGE', `"${text}" is no count: it is a whole number from 1`, {
      hint: `dbkit migrate plan ${String(verb)} 1`,
    });
  }
  switch (verb) {
    case 'up':
      return { verb, count };
    case 'down':
    case 'redo':
      return { verb, count: count ?? 1 };
    case 'to':
      if (text === undefined)
        throw new DbkitError('USAGE', 'plan to wants the name of a migration', {
          hint: 'dbkit migrate plan to <name>',
        });
      return { verb, name: text };
    default:
      throw new DbkitError('USAGE', `no plan is made for "${String(verb)}"`, {
        hint: 'dbkit migrate plan up|down|to|redo',
      });
  }
}

function declareRecords(migrate: Command, verbs: Verbs): void {
  const newCommand = migrate
    .command('new')
    .description('write the files of a new migration')
    .argument('<name>', 'what it does, in a few words')
    .option('--sql', 'a pair of SQL files instead of TypeScript');
  verbs.onChoice(newCommand, {
    examples: ['dbkit migrate new add_invoices', 'dbkit migrate new "add invoices" --sql'],
    run: async (input) => {
      const { newMigration } = await import('./new.ts');
      return {
        report: await newMigration({
          folder: input.config.migrations,
          name: String(input.args[0]),
          sql: input.options.sql === true,
          now: input.now(),
        }),
      };
    },
    render: async (report) => (await lazyRender()).renderNew(report),
  });
  const baselineCommand = migrate
    .command('baseline')
    .description('take a database that exists for a beginning, without running anything')
    .argument('[name]', 'record all migrations up to this one (default: write a baseline of the present schema)')
    .option('--wait <duration>', 'how long to wait for another run (default: 10min)');
  verbs.onTarget(baselineCommand, {
    writes: true,
    examples: ['dbkit migrate baseline', 'dbkit migrate baseline 20260101120000_invoices'],
    run: async (input) => {
      const { baselineMigrations } = await import('./baseline.ts');
      const options = {
        ...(await migrateOptions(input)),
        name: (input.args[0] as string | undefined) ?? null,
        environment: input.environment,
        now: input.now(),
      };
      return { report: await baselineMigrations(options, input.context) };
    },
    render: async (report) => (await lazyRender()).renderBaseline(report),
  });
  const repairCommand = migrate
    .command('repair')
    .description('mend the journal after you have looked; never changes the schema')
    .argument('[name]', 'the migration (default: all that were edited)')
    .option('--done', 'the interrupted statement took effect: go on after it')
    .option('--again', 'the interrupted statement did not: run it again')
    .option('--forget', 'take the migration out of the journal')
    .option('--wait <duration>', 'how long to wait for another run (default: 10min)');
  verbs.onTarget(repairCommand, {
    writes: true,
    examples: ['dbkit migrate repair', 'dbkit migrate repair 20260101120000_invoices --done'],
    notes: 'Without --done, --again or --forget the files as they are now count as what was applied.',
    run: async (input) => {
      const { repairMigrations } = await import('./repair.ts');
      const said = (['done', 'again', 'forget'] as const).filter((action) => input.options[action] === true);
      const name = (input.args[0] as string | undefined) ?? null;
      if (said.length > 1 || (said.length === 1 && name === null)) {
        throw new DbkitError(
          'USAGE',
          'repair takes one of --done, --again, --forget, and then the name of a migration',
          {
            hint: 'dbkit migrate repair <name> --done',
          },
        );
      }
      return {
        report: await repairMigrations(
          { ...(await migrateOptions(input)), name, action: said[0] ?? 'accept' },
          input.context,
        ),
      };
    },
    render: async (report) => (await lazyRender()).renderRepair(report),
  });
}

async function migrateOptions(input: VerbInput): Promise<RunOptions> {
  const { config, options, origin } = input;
  const { parseDuration } = await import('../config/duration.ts');
  const { statementTimeoutOf } = await import('../config/resolve-config.ts');
  const waitMs = options.wait === undefined ? defaultWaitMs : parseDuration(String(options.wait));
  if (waitMs === null)
    throw new DbkitError('USAGE', `--wait ${String(options.wait)} is no duration`, {
      hint: '--wait 30s, --wait 10min',
    });
  const plan = typeof options.plan === 'string' ? options.plan : null;
  return {
    folder: config.migrations,
    app: config.app,
    lockTimeoutMs: config.lockTimeoutMs,
    statementTimeoutMs: statementTimeoutOf(
      config,
      'context' in input ? (input as TargetVerbInput).context.db.description.environment : null,
    ),
    keepText: config.journal.statements === 'text',
    waitMs,
    provenance: { ...origin, planHash: plan },
    allowUnordered: options.allowUnordered === true,
    singleTransaction: options.singleTransaction === true,
    yes: options.yes === true,
    plan,
  };
}

/** A count as commander parses it; 0, negative numbers and text are usage faults. */
function positiveInteger(text: string): number {
  const count = parseCount(text);
  if (count === null) throw new InvalidArgumentError('it is a whole number from 1.');
  return count;
}

function parseCount(text: string): number | null {
  const count = Number(text);
  return /^\d+$/.test(text) && count >= 1 && Number.isSafeInteger(count) ? count : null;
}
