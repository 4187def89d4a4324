/** What each role of the API effectively holds, whatever the default privileges of the project gave it at birth. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callable, heldOnRelations, policies } from './granted.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const relationPrivileges = `
with roles(role) as (values ('anon'), ('authenticated'), ('service_role')),
relations as (
  select c.oid, relname from pg_class c
  where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
),
whole as (
  select role, oid, relname, privilege from roles, relations,
    unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]
      || case when current_setting('server_version_num')::int >= 170000 then '{MAINTAIN}'::text[] end) privilege
  where has_table_privilege(role, oid, privilege)
),
single as (
  select role, relname, format('%s (%s)', privilege, string_agg(attname, ', ' order by attname)) as privilege
  from roles, relations, pg_attribute, unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) privilege
  where attrelid = oid and attnum > 0 and not attisdropped and has_column_privilege(role, oid, attnum, privilege)
    and not has_table_privilege(role, oid, privilege)
  group by role, relname, privilege
)
select role || ' ' || relname as name, string_agg(privilege, ', ' order by privilege) as held
from (select role, relname, privilege from whole union all select * from single) as held
group by 1`;

describe.each(['revoked', 'legacy'] as const)('with default privileges %s', (defaultPrivileges) => {
  let reference: ReferenceDatabase;
  beforeAll(async () => {
    reference = await referenceDatabase({ defaultPrivileges });
  });
  afterAll(() => reference.db.drop());

  it('tables, views and columns', async () => {
    const { rows } = await reference.sql.query<{ name: string; held: string }>(relationPrivileges);
    expect(Object.fromEntries(rows.map(({ name, held }) => [name, held]))).toEqual(heldOnRelations);
  });

  it('functions: who may call what, and nobody else', async () => {
    const { rows } = await reference.sql.query<{ signature: string; roles: string }>(
      `select format('%s(%s)', proname, pg_get_function_identity_arguments(p.oid)) as signature,
        string_agg(role, ', ' order by role) as roles
      from (values ('anon'), ('authenticated'), ('service_role')) r(role), pg_proc p
      where pronamespace = 'public'::regnamespace and has_function_privilege(role, p.oid, 'EXECUTE') group by 1`,
    );
    expect(Object.fromEntries(rows.map(({ signature, roles }) => [signature, roles]))).toEqual(callable);
  });

  it('what lends rights to a client is not served, and reached through one function of the same name and roles', async () => {
    const { rows } = await reference.sql.query<{ schema: string; signature: string; definer: boolean; roles: string }>(
      `select nspname as schema, format('%s(%s)', proname, oidvectortypes(proargtypes)) as signature,
        prosecdef as definer, (select string_agg(role, ', ') from (values ('anon'), ('authenticated'), ('service_role')) r(role)
          where has_function_privilege(role, p.oid, 'EXECUTE')) as roles
      from pg_proc p join pg_namespace n on n.oid = pronamespace where nspname in ('public', 'definer') order by 1, 2`,
    );
    const named = (schema: string) => rows.filter((row) => row.schema === schema);
    const lending = named('public').filter(({ definer, roles }) => definer && /anon|authenticated/.test(roles ?? ''));
    expect(lending).toEqual([]);
    for (const { signature, definer, roles } of named('definer')) {
      const front = named('public').filter((row) => row.signature === signature);
      expect(front, signature).toEqual([expect.objectContaining({ definer: false, roles })]);
      expect(definer, signature).toBe(true);
    }
  });

  it('the private schema can not be entered, and nothing in it is granted', async () => {
    const { rows } = await reference.sql.query(
      `select r.role, 'private' as held from (values ('anon'), ('authenticated'), ('service_role')) r(role)
      where has_schema_privilege(role, 'private', 'USAGE') or has_schema_privilege(role, 'private', 'CREATE')
        or has_schema_privilege(role, 'definer', 'CREATE') or has_schema_privilege(role, 'public', 'CREATE')
      union all
      select r.role, p.oid::regprocedure::text from (values ('anon'), ('authenticated'), ('service_role')) r(role), pg_proc p
      where pronamespace = 'private'::regnamespace and has_function_privilege(role, p.oid, 'EXECUTE')`,
    );
    expect(rows).toEqual([]);
  });

  it('nothing may be granted on, and nothing is held by everybody', async () => {
    const { rows } = await reference.sql.query(
      `select c.oid::regclass::text as relation, a.grantee, a.privilege_type
      from pg_class c, aclexplode(coalesce(relacl, acldefault('r', relowner))) a
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')
        and (a.grantee = 0 or (a.is_grantable and a.grantee <> relowner))`,
    );
    expect(rows).toEqual([]);
  });

  it('every table has row-level security, and these policies', async () => {
    const { rows } = await reference.sql.query<{ name: string; told: string }>(
      `select relname as name,
        string_agg(format('%s to %s', cmd, array_to_string(roles, ',')), '; ' order by cmd, roles::text) filter (where cmd is not null) as told
      from pg_class c left join pg_policies p on p.schemaname = 'public' and p.tablename = relname
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relrowsecurity group by 1`,
    );
    expect(Object.fromEntries(rows.map(({ name, told }) => [name, told]))).toEqual(policies);
    const without = await reference.sql.query(
      `select oid::regclass::text from pg_class where relkind in ('r', 'p') and not relrowsecurity
      and relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'definer'::regnamespace)`,
    );
    expect(without.rows).toEqual([]);
  });

  it('policies ask for the user once for each statement, not for each row', async () => {
    const { rows } = await reference.sql.query<{ text: string }>(
      `select concat_ws(' ', qual, with_check) as text from pg_policies where schemaname = 'public'`,
    );
    const bare = rows.filter(({ text }) =>
      /auth\.\w+\(\)/.test(text.replaceAll(/\( SELECT auth\.\w+\(\) AS \w+\)/g, '')),
    );
    expect(rows.some(({ text }) => text.includes('auth.uid()'))).toBe(true);
    expect(bare).toEqual([]);
  });

  it('policies name their roles, and no role has two for one command', async () => {
    const { rows } = await reference.sql.query(
      `select tablename, cmd, role, count(*)::int as policies
      from pg_policies, unnest(roles) as role where schemaname in ('public', 'private', 'storage') group by 1, 2, 3
      having count(*) > 1 or role = 'public' or cmd = 'ALL'`,
    );
    expect(rows).toEqual([]);
  });

  it('a row that was changed is asked the same as before: nobody gives one away, whatever is granted one day', async () => {
    const { rows } = await reference.sql.query(
      `select tablename, policyname from pg_policies where cmd = 'UPDATE'
      and schemaname = 'public' and with_check is distinct from qual`,
    );
    expect(rows).toEqual([]);
  });

  it('updated_at moves with every column: its trigger looks at the whole row, or names them all', async () => {
    const { rows } = await reference.sql.query(
      `select t.tgrelid::regclass::text as relation, attname from pg_trigger t
      join pg_attribute a on attrelid = tgrelid and attnum > 0 and not attisdropped and attgenerated = ''
      where tgname = 'touch_updated_at' and pg_get_triggerdef(t.oid) !~ 'old[.][*]'
        and pg_get_triggerdef(t.oid) !~ ('new[.]' || attname || '\\M')`,
    );
    expect(rows).toEqual([]);
  });

  it('functions have a pinned search path with what clients make temporarily at its end, and views the rights of their reader', async () => {
    const functions = await reference.sql.query<{ name: string }>(
      `select p.oid::regprocedure::text as name from pg_proc p
      where pronamespace in ('public'::regnamespace, 'private'::regnamespace, 'definer'::regnamespace)
        and not coalesce(proconfig @> array['search_path=pg_catalog, pg_temp'], false)`,
    );
    expect(functions.rows).toEqual([]);
    const views = await reference.sql.query(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
      and not coalesce(reloptions @> '{security_invoker=true}', false)`,
    );
    expect(views.rows).toEqual([]);
  });

  it('no two indexes do the work of one', async () => {
    const { rows } = await reference.sql.query(
      `select a.indexrelid::regclass::text as shorter, b.indexrelid::regclass::text as longer
      from pg_index a join pg_index b on a.indrelid = b.indrelid and a.indexrelid <> b.indexrelid
      join pg_class c on c.oid = a.indrelid join pg_class i on i.oid = a.indexrelid join pg_class j on j.oid = b.indexrelid
      where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and i.relam = j.relam and not a.indisunique
        and a.indpred is null and b.indpred is null and a.indexprs is null and b.indexprs is null
        and (b.indkey::int2[])[0:a.indnkeyatts - 1] = (a.indkey::int2[])[0:a.indnkeyatts - 1]`,
    );
    expect(rows).toEqual([]);
  });

  it('every foreign key has an index that begins with its columns', async () => {
    const { rows } = await reference.sql.query(
      `select conrelid::regclass::text, conname from pg_constraint k
      where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
        select from pg_index i where i.indrelid = conrelid and i.indpred is null
          and (i.indkey::int2[])[0:cardinality(conkey) - 1] @> conkey)`,
    );
    expect(rows).toEqual([]);
  });
});
