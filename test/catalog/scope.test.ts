/** On Supabase: what the platform brings is nobody's drift, what the application hangs onto it is the application's. */
import { expect, test } from 'vitest';
import { comparable, fingerprint } from '../../src/catalog/fingerprint.ts';
import { indexCatalog } from '../../src/catalog/index-catalog.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import { ofApplication } from '../../src/catalog/scope.ts';
import { testDatabase } from '../harness/test-database.ts';
import { referenceDatabase } from '../reference/reference-database.ts';

const lists = (catalog: Catalog) =>
  Object.entries(catalog)
    .filter(([, objects]) => Array.isArray(objects) && objects.length > 0)
    .map(([list]) => list);

test('of a fresh project nothing is left but the schema public and the default privileges in it', async () => {
  const db = await testDatabase({ platform: 'supabase' });
  const sql = await db.connect();
  const own = ofApplication(await readCatalog(sql, { roles: 'used' }), 'supabase');
  expect(lists(own)).toEqual(['schemas', 'defaultPrivileges']);
  expect(own.schemas.map(({ name }) => name)).toEqual(['public']);
  expect(new Set(own.defaultPrivileges.map(({ role, schema }) => `${role} ${schema}`))).toEqual(
    new Set(['postgres public']),
  );
  expect(own.database.owner).toBe('');
});

test('what the application hangs onto the platform stays', async () => {
  const db = await testDatabase({ platform: 'supabase' });
  const sql = await db.connectAsAdmin();
  await sql.run(`
    create table public.notes (id bigint primary key, owner_id uuid references auth.users);
    create function public.on_sign_up() returns trigger language plpgsql as $$begin return new; end$$;
    create trigger on_sign_up after insert on auth.users for each row execute function public.on_sign_up();
    create policy own_files on storage.objects for select to authenticated using (true);
    alter publication supabase_realtime add table public.notes;
    set session authorization postgres;
    grant select on auth.sessions to service_role;
    reset session authorization`);
  const own = ofApplication(await readCatalog(sql, { roles: 'used' }), 'supabase');
  const id = indexCatalog(own);
  expect(own.triggers.map(({ relation, name }) => `${relation} ${name}`)).toEqual(['auth.users on_sign_up']);
  expect(own.policies.map(({ relation, name }) => `${relation} ${name}`)).toEqual(['storage.objects own_files']);
  expect(own.publications).toMatchObject([
    { name: 'supabase_realtime', owner: '', tables: [{ relation: 'public.notes' }] },
  ]);
  expect(own.relations.map((one) => one.id)).toEqual(['auth.sessions', 'public.notes']);
  expect(id.relation('auth.sessions')).toMatchObject({
    ...{ owner: '', rowSecurity: false },
    grants: [{ grantee: 'service_role', grantor: 'postgres', privileges: ['SELECT'] }],
  });
  expect(id.columnsOf('auth.sessions')).toEqual([]);
  expect(id.constraintsOf('public.notes').flatMap(({ references }) => references?.relation ?? [])).toEqual([
    'auth.users',
  ]);
  expect(id.referencesTo('auth.users').map(({ parent }) => parent)).toEqual(['public.notes']);
});

test('two databases of the same migrations have one fingerprint, and one more column makes another', async () => {
  const [one, two] = [await referenceDatabase(), await referenceDatabase()];
  const first = await readCatalog(one.sql, { roles: 'used' });
  expect(fingerprint(first)).toMatch(/^2:18:[0-9a-f]{32}$/);
  expect(fingerprint(await readCatalog(two.sql, { roles: 'used' }))).toBe(fingerprint(first));
  await two.sql.run('alter table public.subscription_plans add more integer');
  const second = fingerprint(await readCatalog(two.sql, { roles: 'used' }));
  expect(second).not.toBe(fingerprint(first));
  expect(comparable(second, fingerprint(first))).toBe(true);
  expect(comparable(second, second.replace(':18:', ':17:'))).toBe(false);
  expect(comparable(second, second.replace(/^2:/, '1:'))).toBe(false);
});

test('an index of a catalog answers for every kind, dots and quotes in names or not', async () => {
  const { sql } = await referenceDatabase();
  await sql.run(`create schema "a.b"; create table "a.b"."c.d" ("e.f" serial primary key);
    create view "a.b".seen as select * from "a.b"."c.d"`);
  const catalog = await readCatalog(sql);
  const id = indexCatalog(catalog);
  const table = '"a.b"."c.d"';
  expect(id.sequencesOf(table).map(({ name }) => name)).toEqual(['c.d_e.f_seq']);
  expect(id.column(table, 'e.f')?.notNull).toBe(true);
  expect(id.indexesOf(table).map((one) => id.index(one.id))).toEqual(id.indexesOf(table));
  expect(id.schema('a.b')?.name).toBe('a.b');
  expect(id.relation('"a.b".seen')?.kind).toBe('view');
  expect(catalog.routines.every((one) => id.routine(one.id) === one)).toBe(true);
  expect(catalog.relations.every((one) => id.relation(one.id) === one)).toBe(true);
  expect(id.routinesNamed('auth', 'uid').map((one) => one.id)).toEqual(['auth.uid()']);
  expect(id.childrenOf('realtime.messages').map(({ name }) => name)).toEqual(['messages_default']);
  expect(id.relation('no.such')).toBeNull();
  expect(id.policiesOf('no.such')).toEqual([]);
});
