/** `dbkit db stats`: declares the verb. */
import type { Command } from 'commander';
import type { Verbs } from '../command.ts';

export function declareStats(db: Command, verbs: Verbs): void {
  const command = db
    .command('stats')
    .description('print the sizes of all tables as JSON, rounded: for dbkit migrate lint --stats')
    .option('--schema <name...>', 'only these schemas');
  verbs.onTarget(command, {
    writes: false,
    examples: ['dbkit db stats --env production > stats.json', 'dbkit db stats --schema public billing'],
    notes:
      'Rows and bytes have two digits, and no values are read. It needs no rights on the tables, locks nothing,\nand fits a scheduled job whose file is kept for the pipelines.',
    run: async ({ options, origin, context }) => {
      const { readStats } = await import('./stats.ts');
      const schemas = Array.isArray(options.schema) ? (options.schema as readonly string[]) : null;
      return { report: await readStats({ schemas, dbkitVersion: origin.dbkitVersion }, context) };
    },
    // It is a file, also without --json.
    render: (report) => JSON.stringify(report, null, 2),
  });
}
