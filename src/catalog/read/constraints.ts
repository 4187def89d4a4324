/** Constraints of tables and domains. */
import type { Constraint, ConstraintKind } from '../model.ts';
import type { ReadContext } from './context.ts';
import { firstOid, numbers, sortedBy } from './names.ts';

const kinds = {
  c: 'check',
  f: 'foreign key',
  p: 'primary key',
  u: 'unique',
  x: 'exclusion',
  n: 'not null',
} as const satisfies Record<string, ConstraintKind>;

/**
 * Left out: constraint triggers, which are triggers; what a foreign key to a partitioned table makes for each partition
 * that it points to, under made-up names; before 18 NOT NULL, which has a row for domains alone in 17.
 */
export const constraintSql = (
  major: number,
) => `select k.oid, k.conname as name, k.contype as kind, k.conrelid as relation,
  k.contypid as domain, k.condeferrable as deferrable, k.condeferred as deferred, k.convalidated as validated,
  ${major >= 18 ? 'k.conenforced' : 'true'} as enforced, k.connoinherit as no_inherit, k.conislocal as local,
  k.conkey::text as columns, k.confrelid as target, k.confkey::text as target_columns, k.confdeltype as on_delete,
  k.confupdtype as on_update, k.conindid as index,
  case when k.contype <> 'n' then pg_catalog.pg_get_constraintdef(k.oid) end as definition,
  case when k.contypid <> 0 then pg_catalog.format_type(k.contypid, null) end as domain_id,
  t.typnamespace as domain_schema
from pg_catalog.pg_constraint k
left join pg_catalog.pg_type t on t.oid = k.contypid
where k.oid >= ${firstOid} and k.contype in ('c', 'f', 'p', 'u', 'x'${major >= 18 ? `, 'n'` : ''})
  and not (k.contype = 'f' and k.conparentid <> 0
    and exists (select from pg_catalog.pg_constraint p where p.oid = k.conparentid and p.conrelid = k.conrelid))`;

export interface ConstraintRow {
  readonly oid: number;
  readonly name: string;
  readonly kind: keyof typeof kinds;
  readonly relation: number;
  readonly domain: number;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly validated: boolean;
  readonly enforced: boolean;
  readonly no_inherit: boolean;
  readonly local: boolean;
  readonly columns: string | null;
  readonly target: number;
  readonly target_columns: string | null;
  readonly on_delete: keyof typeof actions | ' ';
  readonly on_update: keyof typeof actions | ' ';
  readonly index: number;
  readonly definition: string | null;
  readonly domain_id: string | null;
  readonly domain_schema: number | null;
}

/** Foreign keys whose own triggers somebody switched off (DISABLE TRIGGER ALL): they hold no longer. */
export const switchedOffSql = `select distinct tgconstraint as constraint
from pg_catalog.pg_trigger where tgisinternal and tgenabled = 'D' and tgconstraint <> 0`;

export interface SwitchedOffRow {
  readonly constraint: number;
}

const actions = { a: 'NO ACTION', r: 'RESTRICT', c: 'CASCADE', n: 'SET NULL', d: 'SET DEFAULT' } as const;

export function constraintsOf(
  rows: readonly ConstraintRow[],
  switchedOff: readonly SwitchedOffRow[],
  { names }: ReadContext,
): readonly Constraint[] {
  const off = new Set(switchedOff.map(({ constraint }) => constraint));
  const constraints: Constraint[] = [];
  for (const row of rows) {
    const onDomain = row.domain !== 0;
    const hidden = onDomain ? names.hidden.has(row.domain_schema ?? 0) : names.shown(row.relation) === null;
    if (hidden) continue;
    const columns = names.columns(row.relation, numbers(row.columns)).filter((name) => name !== null);
    constraints.push({
      parent: onDomain ? (row.domain_id ?? '') : (names.relations.get(row.relation)?.id ?? ''),
      on: onDomain ? 'domain' : 'table',
      name: row.name,
      kind: kinds[row.kind],
      definition: row.kind === 'n' ? notNull(row, columns, names) : (row.definition ?? ''),
      columns,
      references: row.kind === 'f' ? references(row, names) : null,
      deferrable: row.deferrable,
      initiallyDeferred: row.deferred,
      validated: row.validated,
      enforced: row.enforced && !off.has(row.oid),
      // Of keys it only says how their partition was made: together with its parent, or attached.
      noInherit: (row.kind === 'c' || row.kind === 'n') && row.no_inherit,
      local: row.local,
      comment: names.comment('constraint', row.oid),
    });
  }
  return sortedBy(constraints, ({ parent, name }) => `${parent}\0${name}`);
}

/** As pg_get_constraintdef() says it; there is one for nearly every column. */
function notNull(row: ConstraintRow, [column]: readonly string[], names: ReadContext['names']): string {
  const of = column === undefined ? '' : ` ${names.quote(column)}`;
  return `NOT NULL${of}${row.no_inherit ? ' NO INHERIT' : ''}${row.validated ? '' : ' NOT VALID'}`;
}

function references(row: ConstraintRow, names: ReadContext['names']): Constraint['references'] {
  return {
    relation: names.relations.get(row.target)?.id ?? '',
    columns: names.columns(row.target, numbers(row.target_columns)).filter((name) => name !== null),
    onDelete: row.on_delete === ' ' ? 'NO ACTION' : actions[row.on_delete],
    onUpdate: row.on_update === ' ' ? 'NO ACTION' : actions[row.on_update],
  };
}
