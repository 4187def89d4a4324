/** The verbs that write files or the journal, and never change the schema: new, baseline, repair. */
import type { Command } from 'commander';
import type { Verbs } from '../command.ts';
import { DbkitError } from '../errors.ts';
import { migrateOptions } from './command-options.ts';

export function declareRecords(migrate: Command, verbs: Verbs): void {
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
    render: async (report) => (await import('./render.ts')).renderNew(report),
  });
  const baselineCommand = migrate
    .command('baseline')
    .description('take a database that exists for a beginning, without running anything')
    .argument('[name]', 'record all migrations up to this one (default: write a baseline of the present schema)')
    .option('--only', 'record that one alone; what is pending before it stays pending')
    .option('--wait <duration>', 'how long to wait for another run (default: 10min)');
  verbs.onTarget(baselineCommand, {
    writes: true,
    examples: ['dbkit migrate baseline', 'dbkit migrate baseline 20260101120000_invoices'],
    run: async (input) => {
      const { baselineMigrations } = await import('./baseline.ts');
      const options = {
        ...(await migrateOptions(input)),
        name: (input.args[0] as string | undefined) ?? null,
        only: input.options.only === true,
        environment: input.environment,
        now: input.now(),
      };
      return { report: await baselineMigrations(options, input.context) };
    },
    render: async (report) => (await import('./render.ts')).renderBaseline(report),
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
    render: async (report) => (await import('./render.ts')).renderRepair(report),
  });
}
