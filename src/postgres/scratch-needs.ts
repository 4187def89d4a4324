/** What a scratch database would have to have to be like the database it stands for. */
import type { Connection } from './connect.ts';

export interface ScratchNeeds {
  /** `17.5` */
  readonly version: string;
  /** `builtin C.UTF-8`, `libc de_DE.UTF-8`, `icu und`. */
  readonly locale: string;
  readonly extensions: readonly { readonly name: string; readonly version: string }[];
}

/** Reads the needs from the database that the scratch database stands for. Catalog only, as any role. */
export async function readScratchNeeds(connection: Connection): Promise<ScratchNeeds> {
  const [locale, extensions] = await Promise.all([
    readLocale(connection),
    connection.query<{ name: string; version: string }>(
      'select extname::text as name, extversion as version from pg_catalog.pg_extension order by extname',
    ),
  ]);
  return { version: versionOf(connection), locale, extensions: extensions.rows };
}

/**
 * What `connection`'s database cannot give, one line each, in a stable order; empty: nothing. Extensions count when they can
 * be installed there: migrations create them.
 */
export async function scratchLacks(connection: Connection, needs: ScratchNeeds): Promise<readonly string[]> {
  const [locale, available] = await Promise.all([
    readLocale(connection),
    connection.query<{ name: string; version: string }>(
      'select name::text, version::text from pg_catalog.pg_available_extension_versions',
    ),
  ]);
  const lacks: string[] = [];
  const version = versionOf(connection);
  if (version !== needs.version) lacks.push(`PostgreSQL ${needs.version} (the scratch server is ${version})`);
  if (locale !== needs.locale) lacks.push(`locale ${needs.locale} (the scratch database has ${locale})`);
  for (const { name, version: wanted } of needs.extensions) {
    const offered = available.rows.filter((row) => row.name === name).map((row) => row.version);
    if (offered.length === 0) lacks.push(`extension ${name} ${wanted}`);
    else if (!offered.includes(wanted))
      lacks.push(`extension ${name} ${wanted} (the scratch server has ${offered.join(', ')})`);
  }
  return lacks;
}

/** 18.4 of 180004. */
export function versionOf(connection: Connection): string {
  return `${Math.floor(connection.serverVersion / 10_000)}.${connection.serverVersion % 10_000}`;
}

/** The column of the locale's name has changed its name with PostgreSQL 17; the provider `b` came with it. */
async function readLocale(connection: Connection): Promise<string> {
  const column = connection.serverVersion >= 170_000 ? 'datlocale' : 'daticulocale';
  const { rows } = await connection.query<{ locale: string }>(
    `select case datlocprovider
         when 'b' then 'builtin ' || ${column}
         when 'i' then 'icu ' || ${column}
         else 'libc ' || datcollate end as locale
     from pg_catalog.pg_database where datname = pg_catalog.current_database()`,
  );
  return rows[0]?.locale ?? 'unknown';
}
