/** The verbs that look and change nothing: status, plan. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Verbs } from '../command.ts';
import { DbkitError } from '../errors.ts';
import { migrateOptions, parseCount, readFiles, refuseEarly } from './command-options.ts';
import type { TableStats } from './lint/estimate.ts';
import type { Request } from './select.ts';

export function declareReads(migrate: Command, verbs: Verbs): void {
  const statusCommand = migrate
    .command('status')
    .description('what is applied, pending, edited or deleted')
    .option('--exit-code', 'exit 1 when anything is pending, edited, deleted or cut off');
  verbs.onTarget(statusCommand, {
    writes: false,
    examples: ['dbkit migrate status', 'dbkit migrate status --exit-code --json'],
    exits: { 1: 'with --exit-code: something is pending, edited, deleted or cut off' },
    refuse: refuseEarly,
    early: readFiles,
    run: async (input) => {
      const { migrationStatus } = await import('./status.ts');
      const { migrations: folder, app } = input.config;
      const report = await migrationStatus({ folder, app, files: input.early }, input.context);
      const clean = report.pending === 0 && report.faults.length === 0;
      return { report, exitCode: input.options.exitCode === true && !clean ? 1 : 0 };
    },
    render: async (report, style) => (await import('./render.ts')).renderStatus(report, style),
  });
  const planCommand = migrate
    .command('plan')
    .description('print what would run, in order, with its SQL and a hash')
    .argument('[verb]', 'up, down, to or redo (default: up)')
    .argument('[argument]', 'what that verb takes')
    .option('--allow-unordered', 'accept pending migrations that are older than applied ones')
    .option('--scratch <where>', 'url or container:<image> for the scratch database that tells locks and rewrites')
    .option('--stats <file>', 'sizes of the target, made by: dbkit db stats; tells for how long')
    .option('--no-record', 'run nothing on a scratch database: read the files only');
  verbs.onTarget(planCommand, {
    writes: false,
    examples: [
      'dbkit migrate plan',
      'dbkit migrate plan down 2 --env production',
      'dbkit migrate plan --env production --stats stats.json',
    ],
    refuse: async (input) => {
      if (input.options.stats !== undefined && input.options.record === false)
        throw new DbkitError(
          'USAGE',
          '--stats says for how long locks are held, and --no-record that none are looked at',
          {
            hint: 'leave one of them out',
          },
        );
      await refuseEarly(input);
    },
    early: readFiles,
    run: async (input) => {
      const { planMigrations } = await import('./plan.ts');
      const request = requestOf(input.args);
      const openScratch = async () => {
        const { openMigrationScratch } = await import('./scratch.ts');
        return openMigrationScratch(input, input.context.db, { files: input.early });
      };
      const options = { ...(await migrateOptions(input)), files: input.early, request };
      if (input.options.record === false) return { report: await planMigrations(options, input.context) };
      const stats = await statsOf(input.options.stats, input.cwd);
      return { report: await planMigrations({ ...options, openScratch, stats }, input.context) };
    },
    render: async (report, style) => (await import('./render.ts')).renderPlan(report, style),
  });
}

async function statsOf(file: unknown, cwd: string): Promise<TableStats | null> {
  if (typeof file !== 'string') return null;
  const { readStats } = await import('./lint/read-stats.ts');
  return readStats(resolve(cwd, file));
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
