/** `dbkit types`: declares the verb; it loads what it needs when it runs. */
import { resolve } from 'node:path';
import type { ChoiceVerbInput, RegisterRoom, VerbInput } from '../command.ts';
import type { VerbContext } from '../postgres/target.ts';
import type { TypesReport } from './report.ts';

/** What this room needs of the one that migrates. */
export interface MigrationsForTypes {
  /** Applies all migrations to a scratch database. */
  applyAll(input: VerbInput, context: VerbContext): Promise<void>;
  /** How many the target lacks. */
  countPending(input: VerbInput, context: VerbContext): Promise<number>;
}

/** The migrations come from another room; they are loaded when the verb runs. */
export function registerTypes(loadMigrations: () => Promise<MigrationsForTypes>): RegisterRoom {
  return (program, verbs) => {
    const command = program
      .command('types')
      .description('write the TypeScript types of the database for Kysely')
      .option('--check', 'write nothing; exit 1 when the file is not up to date')
      .option('--output <file>', 'the file (default: types.output of the config)')
      .option('--scratch <where>', 'url or container:<image> for the scratch database');
    verbs.onChoice<TypesReport>(command, {
      examples: ['dbkit types', 'dbkit types --check', 'dbkit types --env staging --output src/database.ts'],
      exits: { 1: 'with --check: the file is missing or not up to date' },
      notes:
        'Reads a scratch database with all migrations applied. With --database-url, --env or --target it reads that target\nas it is, and changes nothing there.',
      run: async (input) => {
        const report = await runTypes(input, await loadMigrations());
        return { report, exitCode: report.state === 'outdated' || report.state === 'missing' ? 1 : 0 };
      },
      render: async (report, style) => (await import('./render.ts')).renderTypes(report, style),
    });
  };
}

async function runTypes(input: ChoiceVerbInput, migrations: MigrationsForTypes): Promise<TypesReport> {
  const { generateTypes } = await import('./generate-types.ts');
  const { config, options, cwd } = input;
  // A scratch database takes seconds to make: what is missing is told before.
  await (await import('./load-codegen.ts')).loadCodegen(config.root);
  const given = {
    ...config.types,
    root: config.root,
    output: typeof options.output === 'string' ? resolve(cwd, options.output) : config.types.output,
    check: options.check === true,
  };
  // A target that was merely lying about in the environment is not asked: the files say what the types are.
  if (['databaseUrl', 'env', 'target'].some((name) => options[name] !== undefined)) {
    const context = await input.openTarget();
    return generateTypes({ ...given, pending: await migrations.countPending(input, context) }, context);
  }
  const { openScratch } = await import('../postgres/scratch.ts');
  const { defaultMajor } = await import('../postgres/open-target.ts');
  const { signal, onEvent, now, environment, origin } = input;
  const { target } = await openScratch({
    projectRoot: config.root,
    major: config.postgres.version ?? defaultMajor,
    platform: config.platform ?? 'postgres',
    defaultPrivileges: config.supabase.defaultPrivileges,
    scratch: typeof options.scratch === 'string' ? options.scratch : null,
    environment,
    dbkitVersion: origin.dbkitVersion,
    onEvent,
    signal,
  });
  try {
    const context = { db: target, signal, onEvent, now };
    await applyQuietly(input, migrations, context);
    return await generateTypes({ ...given, pending: 0 }, context);
  } finally {
    await target.close();
  }
}

/** Each migration told by itself would look like one on a real target. */
async function applyQuietly(input: VerbInput, migrations: MigrationsForTypes, context: VerbContext): Promise<void> {
  const { onEvent } = context;
  const text = 'apply all migrations to a scratch database';
  const begin = performance.now();
  onEvent({ kind: 'start', text });
  await migrations.applyAll(input, {
    ...context,
    onEvent: (event) => {
      if (event.kind === 'warn' || event.kind === 'wait') onEvent(event);
    },
  });
  onEvent({ kind: 'end', text, durationMs: performance.now() - begin });
}
