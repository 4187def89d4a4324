/** All that a schema is made of, as lines to compare: what two databases with the same lines have is the same. */
import type { Connection } from '../../src/postgres/connect.ts';

const own = `n.nspname not in ('dbkit', 'information_schema') and n.nspname !~ '^pg_'`;

/** Sorted; dbkit's own schema left out, the journal's names and states put in. */
export async function describeSchema(sql: Connection): Promise<readonly string[]> {
  const { rows } = await sql.query<{ line: string }>(`
    select format('relation %s.%s %s %s', n.nspname, relname, relkind, relispartition) as line
      from pg_class c join pg_namespace n on n.oid = relnamespace where ${own}
    union all select format('column %s.%s %s %s %s', c.oid::regclass, attname, attnum, atttypid::regtype, attnotnull)
      from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace where ${own} and attnum > 0
    union all select format('index %s valid %s ready %s', pg_get_indexdef(indexrelid), indisvalid, indisready)
      from pg_index i join pg_class c on c.oid = indexrelid join pg_namespace n on n.oid = relnamespace where ${own}
    union all select format('constraint %s %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(k.oid), convalidated)
      from pg_constraint k join pg_namespace n on n.oid = connamespace where ${own}
    union all select format('label %s %s %s', enumtypid::regtype, row_number() over (partition by enumtypid order by enumsortorder), enumlabel)
      from pg_enum
    union all select format('partition %s of %s pending %s', inhrelid::regclass, inhparent::regclass, inhdetachpending) from pg_inherits
    union all select format('journal %s %s %s %s', name, state, step, statements) from dbkit.journal
    order by 1`);
  return rows.map(({ line }) => line);
}
