/** `dbkit migrate lint`: declares the verb; it loads what it needs when it runs. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Verbs } from '../command.ts';
import type { LintReport } from './lint/report.ts';

export function declareLint(migrate: Command, verbs: Verbs): void {
  const command = migrate
    .command('lint')
    .description('run migrations on a scratch database and tell what they lock, rewrite, lose and open')
    .argument('[name...]', 'migrations, or unique beginnings of their names (default: all)')
    .option('--base <ref>', 'only files that this git reference does not have')
    .option('--since <name>', 'only migrations behind this one')
    .option('--stats <file>', 'sizes of production, made by: dbkit db stats')
    .option('--scratch <where>', 'url or container:<image> for the scratch database')
    .addOption(
      new Option('--format <format>', 'how findings are told (default: text)').choices([
        'text',
        'json',
        'sarif',
        'junit',
        'github',
        'markdown',
      ]),
    )
    .option('--output <file>', 'write them there; stdout gets the text');
  const texts = new WeakMap<LintReport, string>();
  verbs.onChoice<LintReport>(command, {
    examples: [
      'dbkit migrate lint',
      'dbkit migrate lint --base origin/main --format github',
      'dbkit migrate lint --env production --stats stats.json',
      'dbkit migrate lint --format sarif --output lint.sarif',
    ],
    exits: { 1: 'there are errors or warnings that nobody accepted' },
    notes:
      'With --database-url, --env or --target: what is pending there, at the state that it has; nothing is changed there.\nWithout: all migrations of the folder, each at the state before it. In a pipeline, --base origin/main leaves out what\nwas merged before.',
    run: async (input) => {
      const { runLint } = await import('./lint/run-verb.ts');
      const { report, text } = await runLint(input);
      if (text !== null) texts.set(report, text);
      return { report, exitCode: report.failing > 0 ? 1 : 0 };
    },
    render: async (report, style) => texts.get(report) ?? (await import('./lint/render.ts')).renderLint(report, style),
  });
}
