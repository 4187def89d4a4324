/** The verbs that change the schema: up, down, to, redo. */
import type { Command } from 'commander';
import type { TargetVerb, VerbInput, Verbs } from '../command.ts';
import { migrateOptions, positiveInteger, readFiles, refuseEarly } from './command-options.ts';
import type { MigrationFile } from './migration.ts';
import type { PlanReport, RunReport } from './report.ts';
import type { Request } from './select.ts';

export function declareRuns(migrate: Command, verbs: Verbs): void {
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
  toRequest: (input: VerbInput) => Request,
): Pick<
  TargetVerb<RunReport | PlanReport, readonly MigrationFile[]>,
  'writes' | 'refuse' | 'early' | 'run' | 'render'
> {
  return {
    writes: true,
    refuse: refuseEarly,
    early: readFiles,
    run: async (input) => {
      const request = toRequest(input);
      const options = { ...(await migrateOptions(input)), files: input.early };
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
      const { renderPlan, renderRun } = await import('./render.ts');
      return 'hash' in report ? renderPlan(report, style) : renderRun(report, style);
    },
  };
}
