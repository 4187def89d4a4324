/** `dbkit migrate check`: whether the migrations of a branch can be merged onto their base. */
import type { Command } from 'commander';
import type { Verbs } from '../command.ts';
import type { CheckReport } from './check/report.ts';

export function declareCheck(migrate: Command, verbs: Verbs): void {
  const command = migrate
    .command('check')
    .description('hold the migrations of this branch against those of its base, for a pull request')
    .requiredOption('--base <ref>', 'the branch, tag or commit to merge onto: origin/main')
    .option('--allow-unordered', 'accept new ones that sort before ones of the base, if both orders are proven equal')
    .option('--scratch <where>', 'url or container:<image> for the scratch databases of that proof');
  verbs.onChoice<CheckReport>(command, {
    examples: [
      'dbkit migrate check --base origin/main',
      'dbkit migrate check --base origin/main --allow-unordered',
      'dbkit migrate check --base origin/main --allow-unordered --env staging',
    ],
    exits: { 1: 'a new file comes too late, or a merged one was changed' },
    notes:
      'Needs git, and no database. With --allow-unordered both orders run on scratch databases; what was applied first is\nread from the base, or with --env or --database-url from the journal of that target, where nothing is changed.',
    run: async (input) => {
      const { options, config, cwd, environment, signal } = input;
      const [{ checkMigrations }, { acceptOrder }] = await Promise.all([
        import('./check/check.ts'),
        import('./check/accept-order.ts'),
      ]);
      const base = String(options.base);
      const chosen = ['databaseUrl', 'env', 'target'].some((name) => options[name] !== undefined);
      const run = { proves: options.allowUnordered === true, chosen };
      const report = await checkMigrations({
        folder: config.migrations,
        base,
        cwd,
        environment,
        now: input.now(),
        signal,
        prove: (compared, files) => acceptOrder(input, base, compared, files, run),
      });
      return { report, exitCode: report.faults.length === 0 ? 0 : 1 };
    },
    render: async (report, style) => (await import('./check/render.ts')).renderCheck(report, style),
  });
}
