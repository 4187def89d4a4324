/** The safe way to write it, as SQL of the actual names. */
import { quoteIdentifier } from '../../../postgres/quote.ts';

/** Words that PostgreSQL takes as names in quotes only: reserved ones, of types and of functions. */
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
  char character check coalesce collate collation column concurrently constraint create cross current_catalog
  current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
  desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group
  grouping having ilike in initially inner inout int integer intersect interval into is isnull join lateral leading
  least left like limit localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric
  offset on only or order out outer overlaps overlay placing position precision primary real references returning
  right row select session_user setof similar smallint some substring symmetric system_user table tablesample then
  time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where window
  with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
  xmltable`.split(/\s+/),
);

/** In quotes only where it needs them: patches are read by people. */
export function sqlName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : quoteIdentifier(name);
}

/** `{name}_suffix`, cut to what PostgreSQL keeps of a name. */
export function derivedName(name: string, suffix: string): string {
  let kept = name;
  while (Buffer.byteLength(kept) + suffix.length > 63) kept = [...kept].slice(0, -1).join('');
  return sqlName(kept + suffix);
}

const nextMigration = '-- in the next migration:';

/** Steps that are migrations of their own, in this order. */
export function inMigrations(...steps: readonly string[]): string {
  return steps.join(`\n\n${nextMigration}\n`);
}

/** The steps of a patch again, for whoever runs them. */
export function stepsOf(patch: string): readonly string[] {
  return patch.split(`\n\n${nextMigration}\n`);
}

export function outsideTransaction(...lines: readonly string[]): string {
  return ['-- dbkit:transaction off', ...lines].join('\n');
}

/** `CREATE UNIQUE INDEX a ON …` of the server, built without blocking writers. */
export function concurrently(indexDefinition: string): string {
  return `${indexDefinition.replace(/^CREATE (UNIQUE )?INDEX /, (start) => `${start}CONCURRENTLY `)};`;
}

/** Column `to` beside `from`, kept equal by a trigger, filled, and then put in its place or left beside it. */
export function copiedColumn(
  relation: { readonly id: string; readonly schema: string },
  names: { readonly from: string; readonly to: string },
  copy: { readonly type: string; readonly value: (column: string) => string },
): readonly [expand: string, fill: string, stop: string] {
  const from = sqlName(names.from);
  const to = sqlName(names.to);
  const trigger = derivedName(`copy_${names.from}`, '_over');
  const routine = `${sqlName(relation.schema)}.${trigger}`;
  return [
    `alter table ${relation.id} add column ${to} ${copy.type};
create function ${routine}() returns trigger language plpgsql set search_path = '' as $$
begin
  new.${to} := ${copy.value(`new.${from}`)};
  return new;
end $$;
create trigger ${trigger} before insert or update on ${relation.id}
  for each row execute function ${routine}();`,
    `-- in batches, where the table is large
update ${relation.id} set ${to} = ${copy.value(from)} where ${to} is distinct from ${copy.value(from)};`,
    `drop trigger ${trigger} on ${relation.id};
drop function ${routine}();`,
  ];
}
