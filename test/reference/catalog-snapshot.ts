/**
 * Everything that a catalog holds, as lines of text: two databases with the same lines are the same to their users.
 * Names instead of OIDs, privileges one by one, so that the order in which they were given does not count.
 */
import type { Connection } from '../../src/postgres/connect.ts';

/** Schema of the journal: it stays when everything else was undone. */
const own = 'dbkit';
const outside = (schema: string) => `${schema} not in ('pg_catalog', 'information_schema', 'pg_toast', '${own}')`;

const privileges = (acl: string, type: string, owner: string) => `(
  select string_agg(format('%s=%s%s by %s', case a.grantee when 0 then 'public' else a.grantee::regrole::text end,
      a.privilege_type, case when a.is_grantable then '*' else '' end, a.grantor::regrole),
    ', ' order by a.grantee::regrole::text collate "C", a.privilege_type, a.grantor::regrole::text collate "C")
  from aclexplode(coalesce(${acl}, acldefault(${type}, ${owner}))) a)`;

const queries: Readonly<Record<string, string>> = {
  schema: `select quote_ident(nspname), concat_ws(' | ', nspowner::regrole, ${privileges('nspacl', `'n'`, 'nspowner')})
    from pg_namespace where ${outside('nspname')} and nspname not like 'pg\\_%'`,
  relation: `select c.oid::regclass::text, concat_ws(' | ', relkind, relowner::regrole, relpersistence,
      'rls ' || relrowsecurity || ' forced ' || relforcerowsecurity, relreplident, reloptions::text,
      case relkind when 'v' then pg_get_viewdef(c.oid) when 'm' then pg_get_viewdef(c.oid) end,
      ${privileges('relacl', `case relkind when 'S' then 's'::"char" else 'r'::"char" end`, 'relowner')})
    from pg_class c join pg_namespace n on n.oid = relnamespace
    where ${outside('nspname')} and relkind in ('r', 'p', 'v', 'm', 'S', 'f')`,
  column: `select format('%s.%I', attrelid::regclass, attname), concat_ws(' | ', format_type(atttypid, atttypmod),
      case when attnotnull then 'not null' end, pg_get_expr(adbin, adrelid), attidentity, attgenerated, attcollation::regcollation,
      attstorage, attstattarget, case when attacl is not null then ${privileges('attacl', `'c'`, 'relowner')} end)
    from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where ${outside('nspname')} and relkind in ('r', 'p', 'v', 'm', 'f', 'c') and attnum > 0 and not attisdropped`,
  constraint: `select format('%s %I', case when conrelid <> 0 then conrelid::regclass::text else contypid::regtype::text end, conname),
      concat_ws(' | ', pg_get_constraintdef(k.oid), convalidated, condeferrable, condeferred)
    from pg_constraint k join pg_namespace n on n.oid = connamespace where ${outside('nspname')}`,
  index: `select indexrelid::regclass::text, concat_ws(' | ', pg_get_indexdef(indexrelid), indisvalid, indisclustered, indisreplident)
    from pg_index i join pg_class c on c.oid = indexrelid join pg_namespace n on n.oid = relnamespace where ${outside('nspname')}`,
  policy: `select format('%s %I', polrelid::regclass, polname), concat_ws(' | ', polcmd, polpermissive,
      (select string_agg(r::regrole::text, ',' order by r::regrole::text) from unnest(polroles) r),
      'using ' || pg_get_expr(polqual, polrelid), 'check ' || pg_get_expr(polwithcheck, polrelid)) from pg_policy`,
  trigger: `select format('%s %I', tgrelid::regclass, tgname), concat_ws(' | ', pg_get_triggerdef(t.oid), tgenabled)
    from pg_trigger t join pg_class c on c.oid = tgrelid join pg_namespace n on n.oid = relnamespace
    where not tgisinternal and ${outside('nspname')}`,
  rule: `select format('%s %I', ev_class::regclass, rulename), concat_ws(' | ', pg_get_ruledef(r.oid), ev_enabled)
    from pg_rewrite r join pg_class c on c.oid = ev_class join pg_namespace n on n.oid = relnamespace
    where ${outside('nspname')} and rulename <> '_RETURN'`,
  function: `select p.oid::regprocedure::text, concat_ws(' | ', proowner::regrole,
      case when prokind in ('f', 'p') then pg_get_functiondef(p.oid) end, ${privileges('proacl', `'f'`, 'proowner')})
    from pg_proc p join pg_namespace n on n.oid = pronamespace where ${outside('nspname')}`,
  type: `select t.oid::regtype::text, concat_ws(' | ', typtype, typowner::regrole, typnotnull, typdefault,
      (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = t.oid),
      ${privileges('typacl', `'T'`, 'typowner')})
    from pg_type t join pg_namespace n on n.oid = typnamespace where ${outside('nspname')} and typelem = 0`,
  'operator class': `select format('%I.%I %s', nspname, opcname, amname), opcintype::regtype::text
    from pg_opclass join pg_namespace n on n.oid = opcnamespace join pg_am m on m.oid = opcmethod where ${outside('nspname')}`,
  extension: `select extname, concat_ws(' | ', extversion, extowner::regrole, extnamespace::regnamespace) from pg_extension`,
  'default privileges': `select concat_ws(' ', defaclrole::regrole, nullif(defaclnamespace, 0)::regnamespace, defaclobjtype),
      ${privileges('defaclacl', 'defaclobjtype', 'defaclrole')} from pg_default_acl`,
  comment: `select concat_ws(' ', o.type, o.identity), description from pg_description,
      pg_identify_object(classoid, objoid, objsubid) o where coalesce(o.schema, '') not in ('pg_catalog', 'information_schema', '${own}')
      and o.identity <> '${own}'`,
  publication: `select pubname, concat_ws(' | ', pubowner::regrole, puballtables, pubinsert, pubupdate, pubdelete, pubtruncate,
      (select string_agg(prrelid::regclass::text, ',' order by prrelid::regclass::text) from pg_publication_rel where prpubid = p.oid))
    from pg_publication p`,
  'event trigger': `select evtname, concat_ws(' | ', evtevent, evtfoid::regproc, evtenabled, evttags::text) from pg_event_trigger`,
  role: `select rolname, concat_ws(' | ', rolsuper, rolinherit, rolcanlogin, rolbypassrls, rolcreaterole, rolconfig::text) from pg_roles
    where rolname !~ '^pg_'`,
};

/** `kind name: definition`, sorted; empty search path, so that every name is written in full. */
export async function readCatalog(connection: Connection): Promise<readonly string[]> {
  await connection.run(`begin read only; set local search_path = ''`);
  try {
    const lines: string[] = [];
    for (const [kind, query] of Object.entries(queries)) {
      const { rows } = await connection.query<{ name: string; definition: string | null }>(
        `select name, definition from (${query}) as objects(name, definition)`,
      );
      lines.push(...rows.map(({ name, definition }) => `${kind} ${name}: ${definition ?? ''}`));
    }
    return lines.sort();
  } finally {
    await connection.run('rollback');
  }
}
