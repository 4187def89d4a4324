/** Finds pg_dump and runs it on a target; the password goes through the child's environment, never its arguments. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { DbkitError } from '../errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { additions, extensibleTables, platformSchemas, projectPart } from './platform/dump-parts.ts';
import type { Target } from './target.ts';

const run = promisify(execFile);
const maxDumpBytes = 256 * 1024 * 1024;

export interface PgDump {
  readonly path: string;
  readonly major: number;
}

/**
 * The schema of a target as SQL that any PostgreSQL client can run: without dbkit's own schema, without what the
 * platform brings, with what the project added to the platform's tables. Throws DEPENDENCY_MISSING when no pg_dump is as
 * new as the server, IO_FAILED when it fails.
 */
export async function dumpSchema(
  target: Target,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  const major = Number.parseInt(target.description.serverVersion, 10);
  const { path } = await findPgDump(major, environment);
  const dump = (...chosen: readonly string[]) => runPgDump(path, chosen, target.settings, environment, signal);
  if (target.description.platform !== 'supabase') return dump('--exclude-schema=dbkit');
  const whole = await dump(...['dbkit', ...platformSchemas].map((schema) => `--exclude-schema=${schema}`));
  const platforms = await dump('--section=post-data', ...extensibleTables.map((table) => `--table=${table}`));
  return `${projectPart(whole)}\n${additions(platforms)}`;
}

async function runPgDump(
  path: string,
  chosen: readonly string[],
  settings: ConnectionSettings,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  const args = [
    '--schema-only',
    ...chosen,
    '--host',
    settings.host,
    '--port',
    String(settings.port),
    '--username',
    settings.user,
    '--no-password',
    ...(settings.role === null ? [] : ['--role', settings.role]),
    settings.database,
  ];
  try {
    const { stdout } = await run(path, args, {
      env: await childEnvironment(settings, environment),
      maxBuffer: maxDumpBytes,
      signal,
    });
    return withoutMetaCommands(stdout);
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n')[0];
    throw new DbkitError(
      'IO_FAILED',
      `pg_dump failed: ${said === undefined || said === '' ? (error as Error).message.split('\n')[0] : said}`,
      {
        hint: `the role needs to read the whole schema; try: pg_dump --schema-only by hand with ${path}`,
        cause: error,
      },
    );
  }
}

/** The newest pg_dump that is not older than the server: DBKIT_PG_BIN, PATH, Debian's and Homebrew's folders. */
export async function findPgDump(
  serverMajor: number,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PgDump> {
  const found: PgDump[] = [];
  for (const folder of candidateFolders(environment)) {
    const path = join(folder, 'pg_dump');
    if (!existsSync(path)) continue;
    const major = await run(path, ['--version']).then(
      ({ stdout }) => Number(/(\d+)(?:\.\d+)?/.exec(stdout)?.[1]),
      () => Number.NaN,
    );
    if (Number.isInteger(major)) found.push({ path, major });
    if (folder === environment.DBKIT_PG_BIN && major >= serverMajor) break;
  }
  const [best] = found.filter(({ major }) => major >= serverMajor).sort((a, b) => b.major - a.major);
  if (best !== undefined) return best;
  const newest = Math.max(0, ...found.map(({ major }) => major));
  throw new DbkitError(
    'DEPENDENCY_MISSING',
    found.length === 0 ? 'no pg_dump was found' : `pg_dump ${newest} is older than the server, which is ${serverMajor}`,
    {
      hint: `install postgresql-client-${serverMajor} (Debian) or postgresql@${serverMajor} (Homebrew), or set DBKIT_PG_BIN to its folder`,
    },
  );
}

function candidateFolders(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const below = (root: string, rest: string, pattern: RegExp) =>
    existsSync(root)
      ? readdirSync(root)
          .filter((name) => pattern.test(name))
          .map((name) => join(root, name, rest))
      : [];
  const named = environment.DBKIT_PG_BIN;
  return [
    ...(named === undefined || named === '' ? [] : [named]),
    ...(environment.PATH ?? '').split(delimiter).filter((folder) => folder !== ''),
    ...below('/usr/lib/postgresql', 'bin', /^\d+$/),
    ...below('/opt/homebrew/opt', 'bin', /^(postgresql|libpq)(@\d+)?$/),
    ...below('/usr/local/opt', 'bin', /^(postgresql|libpq)(@\d+)?$/),
  ];
}

async function childEnvironment(
  settings: ConnectionSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<NodeJS.ProcessEnv> {
  const password = typeof settings.password === 'function' ? await settings.password() : settings.password;
  return {
    PATH: environment.PATH,
    HOME: environment.HOME,
    ...(password === null ? {} : { PGPASSWORD: password }),
    ...tlsVariables(settings),
    PGAPPNAME: 'dbkit pg_dump',
  };
}

function tlsVariables({ tls }: ConnectionSettings): NodeJS.ProcessEnv {
  if (tls === undefined || tls === null) return {};
  return {
    PGSSLMODE: tls.mode,
    ...(tls.rootCertificate === null ? {} : { PGSSLROOTCERT: tls.rootCertificate }),
    ...(tls.certificate === null ? {} : { PGSSLCERT: tls.certificate }),
    ...(tls.key === null ? {} : { PGSSLKEY: tls.key }),
  };
}

/** psql's own commands (`\restrict`) and the settings of a restore are of no use in a migration. */
function withoutMetaCommands(dump: string): string {
  return dump
    .split('\n')
    .filter(
      (line) =>
        !/^\\(un)?restrict\b/.test(line) &&
        !/^SET (statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|client_encoding|row_security) /.test(
          line,
        ),
    )
    .filter((line) => !/^SELECT pg_catalog\.set_config\('search_path', '', false\);$/.test(line))
    .join('\n');
}
