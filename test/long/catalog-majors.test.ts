/** The catalog of every major, and a database that moves from the oldest to the newest as an upgrade moves it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fingerprint } from '../../src/catalog/fingerprint.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import { ofApplication } from '../../src/catalog/scope.ts';
import type { Platform, PostgresMajor } from '../../src/config/schema.ts';
import { migrateUp } from '../../src/migrate/migrate.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import { dumpSchema } from '../../src/postgres/pg-dump.ts';
import { openScratch } from '../../src/postgres/scratch.ts';
import type { Target } from '../../src/postgres/target.ts';
import { assertEverything } from '../catalog/assert-everything.ts';
import { cases } from '../catalog/diff-cases.ts';
import { roundTrip } from '../catalog/diff-round-trip.ts';
import { words } from '../catalog/diff-words.ts';
import { createRoles, everything } from '../catalog/everything.ts';
import { allMajors, projectWithMajors } from '../harness/majors.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { options } from '../reference/reference-database.ts';

const projectRoot = projectWithMajors(allMajors);
const environment = { PATH: process.env.PATH, DBKIT_PG_BIN: process.env.DBKIT_PG_BIN };
const signal = new AbortController().signal;
const word = 'reading';

async function scratch(major: PostgresMajor, platform: Platform): Promise<{ target: Target; sql: Connection }> {
  const given = {
    projectRoot,
    major,
    platform,
    environment: {},
    dbkitVersion: '0.0.0-test',
    onEvent: () => {},
    signal,
  };
  const { target } = await openScratch(given);
  onTestFinished(() => target.close());
  return { target, sql: await target.connect('dbkit test') };
}

const contextOn = (db: Target) => ({ db, signal, onEvent: () => {}, now: () => new Date(0) });

async function nameOf(sql: Connection): Promise<string> {
  const { rows } = await sql.query<{ name: string }>('select pg_catalog.quote_ident(current_database()) as name');
  return rows[0]?.name ?? '';
}

test.for(allMajors)('every object of PostgreSQL %i has the fields that it was made with', async (major) => {
  const { sql } = await scratch(major, 'postgres');
  await sql.run(createRoles(word));
  await sql.run(everything(word, major, await nameOf(sql)));
  assertEverything(await readCatalog(sql, { roles: 'used' }), word, major);
});

/** Before 16 views qualify names also where there is one relation. */
const wordsOf15: Readonly<Record<string, readonly string[]>> = {
  'a view with a new column at the end': [
    'view s.totals: definition differs at line 2: orders.total became orders.total,',
  ],
  'a view with other columns, under another': [
    'view s.totals: definition differs at line 1: SELECT orders.id, became SELECT orders.total,',
  ],
  'definition of a materialized view': [
    'materialized view s.m: definition differs at line 1: SELECT orders.total became SELECT (orders.total + 1) AS total',
  ],
};

test.for([15, 16, 17] as const)(
  'what changes in PostgreSQL %i is told, undone by the script and made again',
  async (major) => {
    const { sql } = await scratch(major, 'postgres');
    const wrong: unknown[] = [];
    let count = 0;
    for (const [name, one] of Object.entries(cases)) {
      if ((one.since ?? 15) > major) continue;
      count += 1;
      const told = (major === 15 ? wordsOf15[name] : undefined) ?? words[name];
      const wanted = { told, back: one.staysBack ?? [], again: one.stays ?? [], agrees: true };
      const found = await roundTrip(sql, one).catch((error: Error) => error.message);
      if (JSON.stringify(found) !== JSON.stringify(wanted)) wrong.push({ name, found });
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(120);
  },
);

/** What is the same schema to its users, and is told differently by the newer major; nothing else may differ. */
const broughtByMajors: readonly ((catalog: Catalog) => Catalog)[] = [
  // 17: MAINTAIN, which owners hold, and whoever was granted all.
  (catalog) => JSON.parse(JSON.stringify(catalog).replaceAll(/"MAINTAIN",|,"MAINTAIN"/g, '')) as Catalog,
  // 16: memberships say whether they are inherited and may be taken; their grantors are kept right.
  (catalog) => ({ ...catalog, memberships: [] }),
  // 18: NOT NULL has a name, and a row of its own.
  (catalog) => ({ ...catalog, constraints: catalog.constraints.filter(({ kind }) => kind !== 'not null') }),
  // 16: views qualify names only where there is more than one relation.
  (catalog) => ({
    ...catalog,
    relations: catalog.relations.map((one) => ({ ...one, definition: bare(one.definition) })),
  }),
  // A dump that is read again loses parentheses around what needs none (of BETWEEN, for one).
  (catalog) => JSON.parse(JSON.stringify(catalog).replaceAll(/[()]/g, '')) as Catalog,
  // What an extension is at follows the server's release.
  (catalog) => ({ ...catalog, extensions: catalog.extensions.map((one) => ({ ...one, version: '' })) }),
];

const bare = (definition: string | null) => definition?.replaceAll(/\b[a-z_]+\.(?=[a-z_]+\b(?!\())/g, '') ?? null;

test('the reference database moves from 15 to 18 by dump and restore, and only what the majors bring differs', async () => {
  const from = await scratch(15, 'supabase');
  await migrateUp(options, contextOn(from.target));
  const before = ofApplication(await readCatalog(from.sql, { roles: 'used' }), 'supabase');
  const to = await scratch(18, 'supabase');
  // As a migration: it may do on the platform's tables what the project's own migrations may.
  const folder = temporaryFolder('restore');
  await writeFile(join(folder, '01_restore.up.sql'), await dumpSchema(from.target, environment, signal));
  await writeFile(join(folder, '01_restore.down.sql'), 'select 1');
  await migrateUp({ ...options, folder }, contextOn(to.target));
  const after = ofApplication(await readCatalog(to.sql, { roles: 'used' }), 'supabase');
  const plain = (catalog: Catalog) => broughtByMajors.reduce((one, without) => without(one), { ...catalog, major: 0 });
  expect(plain(after)).toEqual(plain(before));
});

test('a dump and a restore within one major leave the fingerprint as it was', async () => {
  const from = await scratch(15, 'postgres');
  await from.sql.run(createRoles(word));
  await from.sql.run(everything(word, 15, await nameOf(from.sql)));
  // pg_dump takes a language whose handler is the server's for an extension's.
  await from.sql.run('drop language fake');
  const to = await scratch(15, 'postgres');
  await to.sql.run(createRoles(word));
  await to.sql.run(await dumpSchema(from.target, environment, signal));
  const told = async (sql: Connection) => {
    const catalog = await readCatalog(sql, { roles: 'used' });
    // Settings and grants of the database itself are not in a dump of one database.
    const roles = catalog.roles.map((role) => ({
      ...role,
      settings: role.settings.filter((setting) => !setting.startsWith('database: ')),
    }));
    return { ...catalog, roles, database: { ...catalog.database, grants: [], settings: [], comment: null } };
  };
  const [before, after] = [await told(from.sql), await told(to.sql)];
  expect(after).toEqual(before);
  expect(fingerprint(after)).toBe(fingerprint(before));
});
