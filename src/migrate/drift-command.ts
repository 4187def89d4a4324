/** The verbs that compare databases: drift, diff. */
import type { Command } from 'commander';
import type { Verbs } from '../command.ts';

export function declareDrift(migrate: Command, verbs: Verbs): void {
  const driftCommand = migrate
    .command('drift')
    .description('what the database has beyond, or lacks of, its applied migrations')
    .option('--sql', 'print the SQL that would mend either side')
    .option('--write <name>', 'make a migration of the differences, proven before it is written')
    .option('--ignore <pattern>', 'leave out objects, such as "index public.*"; may be repeated', collect)
    .option('--scratch <where>', 'url or container:<image> for the scratch database');
  verbs.onChoice(driftCommand, {
    examples: [
      'dbkit migrate drift --env production',
      'dbkit migrate drift --sql',
      'dbkit migrate drift --write adopt_hotfix_index --env production',
    ],
    exits: { 1: 'there are differences (with --write: and no proven migration was made of them)' },
    notes: 'Reads the target in one read-only transaction, and runs its applied migrations on a scratch database.',
    run: async (input) => {
      const { detectDrift } = await import('./drift/drift.ts');
      const { options } = input;
      const write = typeof options.write === 'string' ? options.write : null;
      const report = await detectDrift({ ignore: patterns(options.ignore), write }, input, await input.openTarget());
      const settled = report.differences.length === 0 || report.written?.proven === true;
      return { report, exitCode: settled ? 0 : 1 };
    },
    render: async (report, style, { sql }) =>
      (await import('./drift/render.ts')).renderDrift(report, style, { sql: sql === true }),
  });
  const diffCommand = migrate
    .command('diff')
    .description('what two databases of one major differ in')
    .argument('<from>', 'an environment, env:NAME, a URL, embedded, or scratch: all migrations of the folder')
    .argument('<to>', 'likewise')
    .option('--sql', 'print the SQL that makes the first like the second, and nothing else')
    .option('--ignore <pattern>', 'leave out objects, such as "index public.*"; may be repeated', collect)
    .option('--scratch <where>', 'url or container:<image> for the scratch database');
  verbs.onChoice(diffCommand, {
    examples: ['dbkit migrate diff staging production', 'dbkit migrate diff scratch env:STAGING_URL --sql'],
    exits: { 1: 'they differ' },
    run: async (input) => {
      const { diffTargets } = await import('./drift/diff-targets.ts');
      const names = input.args.slice(0, 2).map(String) as [string, string];
      const report = await diffTargets(names, patterns(input.options.ignore), input);
      return { report, exitCode: report.differences.length === 0 ? 0 : 1 };
    },
    render: async (report, style, { sql }) =>
      (await import('./drift/render.ts')).renderDiff(report, style, { sql: sql === true }),
  });
}

function collect(pattern: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), pattern];
}

function patterns(said: unknown): readonly string[] {
  return Array.isArray(said) ? said.map(String) : [];
}
