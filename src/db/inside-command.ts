/** `dbkit db bootstrap|mark|grants|history`: what dbkit keeps inside a database, and who may use it. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Verbs } from '../command.ts';
import { DbkitError } from '../errors.ts';

const lazyRender = () => import('./render.ts');

export function declareInside(db: Command, verbs: Verbs): void {
  declareBootstrap(db, verbs);
  declareMark(db, verbs);
  declareGrants(db, verbs);
  declareHistory(db, verbs);
}

function declareBootstrap(db: Command, verbs: Verbs): void {
  const command = db
    .command('bootstrap')
    .description('make the schema dbkit and, if asked, a stand-in of Supabase')
    .option('--print', 'print the SQL of the schema dbkit for an administrator, and run nothing')
    .addOption(
      new Option('--platform <platform>', 'supabase: roles, auth, storage, default privileges').choices([
        'postgres',
        'supabase',
      ]),
    )
    .addOption(
      new Option('--default-privileges <mode>', 'of the stand-in: as new projects have it, or as before').choices([
        'revoked',
        'legacy',
      ]),
    );
  verbs.onChoice(command, {
    writes: true,
    examples: [
      'dbkit db bootstrap',
      'dbkit db bootstrap --print > bootstrap.sql',
      'dbkit db bootstrap --platform supabase',
    ],
    notes:
      'On a URL the platform is made only where --platform says so: its roles belong to the whole server. ' +
      'With --verbose it also tells what no plain PostgreSQL can give. On a real Supabase it leaves the platform alone.',
    run: async (input) => {
      const { bootstrapDatabase, printBootstrap } = await import('./bootstrap.ts');
      const { config, options, origin } = input;
      const { dbkitVersion } = origin;
      if (options.print === true) return { report: printBootstrap(dbkitVersion) };
      const defaultPrivileges =
        (options.defaultPrivileges as 'legacy' | 'revoked' | undefined) ?? config.supabase.defaultPrivileges;
      const context = await input.openTarget();
      // A platform's roles belong to the whole server: on one that is not ours they are made only when asked for.
      const ours = context.db.description.kind !== 'url';
      const said = options.platform as 'postgres' | 'supabase' | undefined;
      const platform = said ?? (ours ? config.platform : null);
      const report = await bootstrapDatabase({ platform, defaultPrivileges, dbkitVersion }, context);
      if (options.verbose === true) for (const text of report.notes) input.onEvent({ kind: 'note', text });
      return { report };
    },
    render: async (report, style) => (await lazyRender()).renderBootstrap(report, style),
  });
}

function declareMark(db: Command, verbs: Verbs): void {
  const command = db
    .command('mark')
    .description('store in the database which environment it is')
    .argument('<environment>', 'its name in the config')
    .option('--yes', 'also when it is marked as another one');
  verbs.onTarget(command, {
    writes: true,
    examples: ['dbkit db mark staging --env staging'],
    run: async ({ args, config, options, origin, context }) => {
      const { markDatabase } = await import('./mark.ts');
      const given = { ...origin, config, environment: String(args[0]), yes: options.yes === true };
      return { report: await markDatabase(given, context) };
    },
    render: async (report) => (await lazyRender()).renderMark(report),
  });
}

function declareGrants(db: Command, verbs: Verbs): void {
  const command = db
    .command('grants')
    .description('print the smallest SQL that a role needs for some verbs')
    .argument('<verb...>', 'such as: migrate, "migrate status", "db history"')
    .option('--role <name>', 'the role (default: that of the target)');
  verbs.onTarget(command, {
    writes: false,
    examples: [
      'dbkit db grants migrate --role deployer | psql "$ADMIN_URL"',
      'dbkit db grants "migrate status" "db history" --role auditor',
    ],
    run: async ({ args, options, context }) => {
      const { printGrants } = await import('./grants.ts');
      const role = typeof options.role === 'string' ? options.role : null;
      return { report: await printGrants({ verbs: args[0] as readonly string[], role }, context) };
    },
    render: async (report) => (await lazyRender()).renderGrants(report),
  });
}

function declareHistory(db: Command, verbs: Verbs): void {
  const command = db
    .command('history')
    .description('what was done to this database, by whom, from where')
    .option('--since <time>', 'date or time in ISO form; in UTC when it says no zone')
    .addOption(
      new Option('--format <format>', 'a Markdown table (default), or the events as JSON').choices(['md', 'json']),
    );
  verbs.onTarget(command, {
    writes: false,
    examples: ['dbkit db history --since 2026-01-01 --format md', 'dbkit db history --json'],
    run: async ({ config, options, context }) => {
      const { readHistory } = await import('./history.ts');
      const { parseSince } = await import('./since.ts');
      const since = options.since === undefined ? null : parseSince(String(options.since));
      if (since === null && options.since !== undefined) {
        throw new DbkitError('USAGE', `--since ${String(options.since)} is no date`, { hint: '--since 2026-01-31' });
      }
      return { report: await readHistory({ app: config.app, since }, context) };
    },
    render: async (report, _style, { format }) =>
      format === 'json' ? JSON.stringify(report.events, null, 2) : (await lazyRender()).renderHistory(report),
  });
}
