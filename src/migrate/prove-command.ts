/** `dbkit migrate prove`: declares the verb; it loads what it needs when it runs. */
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ChoiceVerbInput, Verbs } from '../command.ts';
import type { ProveReport } from './prove/report.ts';

export function declareProve(migrate: Command, verbs: Verbs): void {
  const command = migrate
    .command('prove')
    .description('try every rollback on a scratch database, and compare catalog and rows')
    .option('--from <n>', 'begin at this one: its name, a beginning of it, or its number; those before it are trusted')
    .option('--all', 'prove again what was proven before')
    .option('--scratch <where>', 'url or container:<image> for the scratch database');
  verbs.onChoice<ProveReport>(command, {
    examples: ['dbkit migrate prove', 'dbkit migrate prove --from 20260101120000', 'dbkit migrate prove --all --json'],
    exits: { 1: 'a rollback failed its proof' },
    notes:
      'Each migration goes up, down and up again; after each step the whole catalog and all rows are compared. What\nproved is kept in .dbkit/proofs, and proven again only when it, or a migration before it, is changed.',
    run: async (input) => {
      const report = await runProve(input);
      return { report, exitCode: report.failed > 0 ? 1 : 0 };
    },
    render: async (report, style) => (await import('./prove/render.ts')).renderProof(report, style),
  });
}

async function runProve(input: ChoiceVerbInput): Promise<ProveReport> {
  const { config, options } = input;
  const { migrateOptions, readFiles } = await import('./command-options.ts');
  const { proveMigrations } = await import('./prove/prove.ts');
  const { provingGround } = await import('./prove/ground.ts');
  const files = await readFiles(input);
  const ground = await provingGround(input, files);
  try {
    return await proveMigrations(
      {
        // Nobody else knows the database that the lock is of.
        migrate: { ...(await migrateOptions(input)), files, waitMs: 0 },
        from: typeof options.from === 'string' ? options.from : undefined,
        all: options.all === true,
        proofs: join(config.root, '.dbkit', 'proofs'),
      },
      ground,
    );
  } finally {
    await ground.close();
  }
}
