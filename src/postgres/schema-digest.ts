/**
 * SQL for a text that changes when the schema of the database is changed, in milliseconds: who wrote the rows of the
 * system's catalogs and when, not what they say.
 *
 * xmin is the transaction that wrote a row; VACUUM, ANALYZE and freezing leave it. Of pg_class and pg_trigger the content
 * counts instead: TRUNCATE, REFRESH MATERIALIZED VIEW, CLUSTER and REINDEX write a new row there and change nothing.
 * A restored dump has other numbers throughout, which `databaseIdentity` tells.
 */

/** xmin as a number, without a text in between: the distance from the first transaction there is. */
const writer = `((pg_catalog.age('3'::xid)::bigint - pg_catalog.age(xmin)) & 4294967295)`;

const inSchemas = (column: string) => `${column} in (select oid from ns)`;
const ofRelations = (column: string) => `${column} in (select oid from rel)`;
const everywhere = 'true';
/** What came with the server is never written again. */
const made = 'oid >= 16384';

/** Catalogs whose rows are written when their object is changed, and never else; and which rows count. */
const byWriter: readonly (readonly [string, string])[] = [
  ['pg_attribute', `attnum > 0 and ${ofRelations('attrelid')}`],
  ['pg_constraint', inSchemas('connamespace')],
  ['pg_attrdef', ofRelations('adrelid')],
  ['pg_policy', ofRelations('polrelid')],
  ['pg_rewrite', ofRelations('ev_class')],
  ['pg_proc', inSchemas('pronamespace')],
  ['pg_type', `typelem = 0 and ${inSchemas('typnamespace')}`],
  ['pg_sequence', ofRelations('seqrelid')],
  ['pg_statistic_ext', inSchemas('stxnamespace')],
  ['pg_inherits', ofRelations('inhrelid')],
  [
    'pg_description',
    `objoid >= 16384 and objoid not in (select oid from pg_catalog.pg_class where relnamespace = pg_catalog.to_regnamespace('dbkit'))`,
  ],
  ['pg_enum', everywhere],
  ['pg_extension', everywhere],
  ['pg_default_acl', everywhere],
  ['pg_event_trigger', everywhere],
  ['pg_publication', everywhere],
  ['pg_publication_rel', everywhere],
  ['pg_publication_namespace', everywhere],
  ['pg_foreign_data_wrapper', everywhere],
  ['pg_foreign_server', everywhere],
  ['pg_foreign_table', ofRelations('ftrelid')],
  ['pg_ts_config_map', 'mapcfg >= 16384'],
  ...['pg_cast', 'pg_collation', 'pg_conversion', 'pg_operator', 'pg_opclass', 'pg_opfamily', 'pg_amop', 'pg_amproc']
    .concat('pg_ts_config', 'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template', 'pg_language', 'pg_transform', 'pg_am')
    .map((catalog) => [catalog, made] as const),
];

const hashed = (text: string, seed: string) => `pg_catalog.bit_xor(pg_catalog.hashtextextended(${text}, ${seed}))`;

/** A scalar subquery: text. Nothing counts of dbkit's own schema, and of temporary and system ones. */
export const schemaDigest = `(with ns as materialized (
  select oid from pg_catalog.pg_namespace where nspname !~ '^pg_' and nspname not in ('information_schema', 'dbkit')
), rel as materialized (
  select oid, relname, relacl, reloptions, relpersistence, relreplident, relrowsecurity, relforcerowsecurity,
    relowner::bigint * 31 + reltablespace::bigint * 7 + relnamespace::bigint as place
  from pg_catalog.pg_class where relnamespace in (select oid from ns)
)
select pg_catalog.string_agg(part, ' ' order by nr) from (
  select 0 as nr, pg_catalog.count(*) || ':' || ${hashed(
    `relname::text || relpersistence::text || relreplident::text || case when relrowsecurity then 'r' else '' end
      || case when relforcerowsecurity then 'f' else '' end || coalesce(relacl::text, '') || coalesce(reloptions::text, '')`,
    'oid::bigint * 65537 + place',
  )} as part from rel
  union all
  select 1, pg_catalog.count(*) || ':' || ${hashed(
    `tgname::text || tgenabled::text || tgtype`,
    'oid::bigint * 65537 + tgfoid::bigint',
  )} from pg_catalog.pg_trigger where ${ofRelations('tgrelid')}
  union all
  select 2, pg_catalog.count(*) || ':' || ${hashed(`nspname::text || coalesce(nspacl::text, '')`, 'oid::bigint * 65537 + nspowner::bigint')}
    from pg_catalog.pg_namespace where nspname !~ '^pg_(temp|toast)' and nspname <> 'dbkit'
  union all
  select 3, pg_catalog.count(*) || ':' || ${hashed(`coalesce(reloptions::text, '')`, 'oid::bigint')}
    from pg_catalog.pg_class where relkind = 't' and reloptions is not null
${byWriter
  .map(
    ([catalog, where], at) =>
      `  union all select ${at + 4}, pg_catalog.count(*) || ':' || pg_catalog.sum(${writer}) from pg_catalog.${catalog} where ${where}`,
  )
  .join('\n')}
) as parts)`;

/**
 * A scalar subquery: another one after a dump was restored, or the database was made anew. The row of a column is written
 * once; that of the schema is written again by every GRANT on it.
 */
export const databaseIdentity = `(select pg_catalog.concat_ws(':', d.oid, n.oid, a.xmin::text)
  from pg_catalog.pg_database d, pg_catalog.pg_namespace n
  join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = 'schema_version'
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = 1
  where d.datname = pg_catalog.current_database() and n.nspname = 'dbkit')`;
