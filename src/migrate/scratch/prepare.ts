/** Puts into a scratch database what migrations expect to find there: roles, extensions, signatures. */
import type { Connection } from '../../postgres/connect.ts';
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { ScratchGap, ScratchOffer, ScratchWanted } from '../../postgres/scratch-gaps.ts';
import { findGaps, refuseGaps } from '../../postgres/scratch-gaps.ts';
import { versionOf } from '../../postgres/scratch-needs.ts';
import { attributeWords, readExecutingRole } from '../../postgres/scratch-role.ts';
import { stubSql } from '../../postgres/scratch-stubs.ts';
import type { OtherRole } from './likeness.ts';
import { localeWords, readDatabase } from './likeness.ts';
import type { ExtensionUse } from './what-files-use.ts';

export interface Furnishing {
  readonly wanted: ScratchWanted;
  readonly stubs: readonly string[];
  /** The config says that migrations run as a superuser. */
  readonly superuser: boolean;
  readonly roles: readonly OtherRole[];
  readonly created: ExtensionUse['created'];
  /** In the target. */
  readonly installed: readonly { readonly name: string; readonly schema: string }[];
}

/** Throws SCRATCH_UNLIKE; returns the gaps that hinder nothing. */
export async function furnish(
  admin: Connection,
  ours: boolean,
  furnishing: Furnishing,
): Promise<readonly ScratchGap[]> {
  const { wanted, stubs, created, installed } = furnishing;
  const available = await readAvailable(admin);
  const gaps = findGaps(wanted, await readOffer(admin, ours, available));
  refuseGaps(gaps);
  const superuser = available.superuser;
  if (ours) await admin.run(rolesSql(furnishing, await existingRoles(admin)));
  for (const { name } of wanted.extensions) {
    const there = installed.find((one) => one.name === name);
    if (there === undefined || !superuser) continue;
    const creation = created.get(name);
    // Who made the target has installed it; the role that migrates could not.
    const beyond =
      creation?.onlyIfNotExists === true && wanted.role?.superuser !== true && !available.trusted.has(name);
    if (creation !== undefined && !beyond) continue;
    await admin.run(
      `create schema if not exists ${quoteIdentifier(there.schema)};
       create extension if not exists ${quoteIdentifier(name)} with schema ${quoteIdentifier(there.schema)} cascade`,
    );
  }
  for (const name of stubs) {
    if (!created.has(name)) await admin.run(stubSql(name, wanted.role?.name ?? null, superuser));
  }
  return gaps;
}

interface Available {
  readonly superuser: boolean;
  readonly versions: ReadonlyMap<string, readonly string[]>;
  readonly trusted: ReadonlySet<string>;
}

async function readAvailable(admin: Connection): Promise<Available> {
  const { rows } = await admin.query<{ name: string; versions: string[]; trusted: boolean; superuser: boolean }>(
    `select name::text, pg_catalog.array_agg(version::text order by version::text collate "C") as versions,
       pg_catalog.bool_or(trusted or not superuser) as trusted,
       pg_catalog.current_setting('is_superuser') = 'on' as superuser
     from pg_catalog.pg_available_extension_versions group by name`,
  );
  return {
    superuser: rows[0]?.superuser ?? false,
    versions: new Map(rows.map(({ name, versions }) => [name, versions])),
    trusted: new Set(rows.filter(({ trusted }) => trusted).map(({ name }) => name)),
  };
}

async function readOffer(admin: Connection, ours: boolean, { versions }: Available): Promise<ScratchOffer> {
  const { locale } = await readDatabase(admin);
  return {
    version: versionOf(admin),
    install: null,
    locale: localeWords(locale),
    extensions: versions,
    role: ours ? null : await readExecutingRole(admin),
    roles: ours ? null : await existingRoles(admin),
  };
}

/** Of the whole server. */
export async function existingRoles(admin: Connection): Promise<ReadonlySet<string>> {
  const { rows } = await admin.query<{ name: string }>('select rolname::text as name from pg_catalog.pg_roles');
  return new Set(rows.map(({ name }) => name));
}

function rolesSql({ wanted, roles, superuser }: Furnishing, there: ReadonlySet<string>): string {
  const executing = wanted.role?.name ?? 'postgres';
  return [
    ...(superuser && wanted.platform === 'supabase' ? [`alter role ${quoteIdentifier(executing)} superuser;`] : []),
    ...roles
      .filter(({ name }) => !there.has(name))
      .flatMap((role) => [
        `create role ${quoteIdentifier(role.name)} nologin ${attributeWords(role)};`,
        ...(role.member ? [`grant ${quoteIdentifier(role.name)} to ${quoteIdentifier(executing)};`] : []),
      ]),
    'select 1',
  ].join('\n');
}
