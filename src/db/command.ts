/** `dbkit db …`: the embedded server, and what dbkit keeps inside a database. */
import type { Command } from 'commander';
import type { ChoiceVerbInput, RegisterRoom, Verbs } from '../command.ts';
import { DbkitError } from '../errors.ts';
import type { ServerOptions } from './server.ts';

const lazyRender = () => import('./render.ts');

export const registerDb: RegisterRoom = (program, verbs) => {
  const db = program.command('db').description('the embedded server, and what dbkit keeps inside a database');
  declareServer(db, verbs);
  declareInside(db, verbs);
};

function declareServer(db: Command, verbs: Verbs): void {
  verbs.onChoice(db.command('start').description('start the embedded server and let it run'), {
    examples: ['dbkit db start'],
    run: async (input) => ({ report: await (await import('./server.ts')).startServer(serverOptions(input)) }),
    render: async (report, style) => (await lazyRender()).renderServer(report, style),
  });
  verbs.onChoice(
    db.command('stop').description('stop the embedded server').option('--force', 'also while other commands use it'),
    {
      examples: ['dbkit db stop', 'dbkit db stop --force'],
      exits: { 1: 'other commands use it: it stops with the last of them' },
      run: async (input) => {
        const { stopServer } = await import('./server.ts');
        const report = await stopServer({ ...serverOptions(input), force: input.options.force === true });
        return { report, exitCode: report.outcome === 'in-use' ? 1 : 0 };
      },
      render: async (report) => (await lazyRender()).renderStop(report),
    },
  );
  verbs.onChoice(db.command('status').description('whether the embedded server runs, and where its data lies'), {
    examples: ['dbkit db status', 'dbkit db status --json'],
    run: async (input) => ({ report: await (await import('./server.ts')).serverStatus(serverOptions(input)) }),
    render: async (report, style) => (await lazyRender()).renderServer(report, style),
  });
  verbs.onChoice(db.command('url').description('the URL of the running embedded server, for psql'), {
    examples: ['psql "$(dbkit db url)"'],
    run: async (input) => ({ report: await (await import('./server.ts')).serverUrl(serverOptions(input)) }),
    render: ({ url }) => url,
  });
  verbs.onChoice(
    db
      .command('reset')
      .description('remove the data of the embedded server and begin anew')
      .option('--force', 'also while other commands use it'),
    {
      examples: ['dbkit db reset'],
      notes: 'It never touches another server: a target that is a URL is refused.',
      run: async (input) => {
        const choice =
          input.options.databaseUrl === undefined && input.options.env === undefined ? null : input.chooseTarget();
        if (choice !== null && choice.kind !== 'embedded') {
          throw new DbkitError('TARGET_REFUSED', 'db reset works on the embedded server only', {
            hint: 'undo migrations there: dbkit migrate to zero',
          });
        }
        const { resetServer } = await import('./server.ts');
        return { report: await resetServer({ ...serverOptions(input), force: input.options.force === true }) };
      },
      render: async (report) => (await lazyRender()).renderReset(report),
    },
  );
}

function declareInside(db: Command, verbs: Verbs): void {
  const bootstrap = db
    .command('bootstrap')
    .description('make the schema dbkit and, if asked, a stand-in of Supabase')
    .option('--print', 'print the SQL of the schema dbkit for an administrator, and run nothing')
    .option('--platform <platform>', 'supabase: roles, auth, storage, default privileges as on Supabase')
    .option('--default-privileges <mode>', 'of the stand-in: revoked (new projects) or legacy');
  verbs.onChoice(bootstrap, {
    examples: [
      'dbkit db bootstrap',
      'dbkit db bootstrap --print > bootstrap.sql',
      'dbkit db bootstrap --platform supabase',
    ],
    run: async (input) => {
      const { bootstrapDatabase, printBootstrap } = await import('./bootstrap.ts');
      const { dbkitVersion } = input.origin;
      if (input.options.print === true) return { report: printBootstrap(dbkitVersion) };
      const platform = oneOf(input, 'platform', ['postgres', 'supabase'] as const) ?? input.config.platform;
      const defaultPrivileges =
        oneOf(input, 'defaultPrivileges', ['legacy', 'revoked'] as const) ?? input.config.supabase.defaultPrivileges;
      const { defaultMajor } = await import('../postgres/open-target.ts');
      const embedded = {
        projectRoot: input.config.root,
        major: input.config.postgres.version ?? defaultMajor,
        platform: input.config.platform ?? 'postgres',
        defaultPrivileges,
        signal: input.signal,
        onEvent: input.onEvent,
      } as const;
      const context = await input.openTarget();
      return { report: await bootstrapDatabase({ platform, defaultPrivileges, dbkitVersion, embedded }, context) };
    },
    render: async (report, style) => (await lazyRender()).renderBootstrap(report, style),
  });
  const mark = db
    .command('mark')
    .description('store in the database which environment it is')
    .argument('<environment>', 'its name in the config')
    .option('--yes', 'also when it is marked as another one');
  verbs.onTarget(mark, {
    writes: true,
    examples: ['dbkit db mark staging --env staging'],
    run: async (input) => {
      const { markDatabase } = await import('./mark.ts');
      const { actor, dbkitVersion } = input.origin;
      const options = {
        environment: String(input.args[0]),
        app: input.config.app,
        yes: input.options.yes === true,
        actor,
        dbkitVersion,
      };
      return { report: await markDatabase(options, input.context) };
    },
    render: async (report) => (await lazyRender()).renderMark(report),
  });
  const grants = db
    .command('grants')
    .description('print the smallest SQL that a role needs for some verbs')
    .argument('<verb...>', 'such as: migrate, "migrate status", "db history"')
    .option('--role <name>', 'the role (default: that of the target)');
  verbs.onTarget(grants, {
    writes: false,
    examples: [
      'dbkit db grants migrate --role deployer',
      'dbkit db grants "migrate status" "db history" --role auditor',
    ],
    run: async (input) => {
      const { printGrants } = await import('./grants.ts');
      const role = typeof input.options.role === 'string' ? input.options.role : null;
      return { report: await printGrants({ verbs: (input.args[0] as readonly string[]) ?? [], role }, input.context) };
    },
    render: async (report) => (await lazyRender()).renderGrants(report),
  });
  const history = db
    .command('history')
    .description('what was done to this database, by whom, from where')
    .option('--since <time>', 'ISO date or time')
    .option('--format <format>', 'md (default) or json');
  verbs.onTarget(history, {
    writes: false,
    examples: ['dbkit db history --since 2026-01-01 --format md', 'dbkit db history --json'],
    run: async (input) => {
      const { readHistory } = await import('./history.ts');
      oneOf(input, 'format', ['md', 'json'] as const);
      const since = input.options.since === undefined ? null : new Date(String(input.options.since));
      if (since !== null && Number.isNaN(since.getTime())) {
        throw new DbkitError('USAGE', `--since ${String(input.options.since)} is no date`, {
          hint: '--since 2026-01-31',
        });
      }
      const report = await readHistory({ app: input.config.app, since }, input.context);
      return { report: { ...report, format: input.options.format === 'json' ? 'json' : 'md' } };
    },
    render: async (report) =>
      report.format === 'json' ? JSON.stringify(report.events, null, 2) : (await lazyRender()).renderHistory(report),
  });
}

function serverOptions({ config, signal, onEvent }: ChoiceVerbInput): ServerOptions {
  return { config, signal, onEvent };
}

function oneOf<const T extends string>(
  { options }: { readonly options: Readonly<Record<string, unknown>> },
  name: string,
  allowed: readonly T[],
): T | null {
  const said = options[name];
  if (said === undefined) return null;
  const found = allowed.find((value) => value === said);
  if (found !== undefined) return found;
  throw new DbkitError('USAGE', `"${String(said)}" is not one of ${allowed.join(', ')}`, {
    hint: `say one of: ${allowed.join(', ')}`,
  });
}
