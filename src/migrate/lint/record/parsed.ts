/** The little that the recording takes from parse trees. */
import type { RangeVar } from '../../../postgres/parse-sql.ts';
import { quoteIdentifier } from '../../../postgres/quote.ts';
import type { RecordedStatement } from '../recording.ts';

export type Parsed = RecordedStatement['parsed'];

/** It is a TRUNCATE, or a block of code that has one. */
export function truncates(sql: string, parsed: Parsed): boolean {
  return parsed.some((tree) => 'TruncateStmt' in tree || ('DoStmt' in tree && /\btruncate\b/i.test(sql)));
}

/** Statements that PostgreSQL does not run in a transaction, as far as they lock relations. */
export type Alone =
  | { readonly what: 'create index' | 'drop index' | 'other' }
  | { readonly what: 'reindex' | 'vacuum'; readonly concurrently: boolean; readonly names: readonly Name[] }
  | { readonly what: 'detach partition'; readonly names: readonly Name[] };

export interface Name {
  readonly schema: string | null;
  readonly name: string;
}

interface Trees {
  readonly IndexStmt?: { readonly concurrent?: boolean };
  readonly DropStmt?: { readonly concurrent?: boolean };
  readonly ReindexStmt?: { readonly relation?: RangeVar; readonly params?: readonly Option[] };
  readonly VacuumStmt?: {
    readonly options?: readonly Option[];
    readonly rels?: readonly { readonly VacuumRelation?: { readonly relation?: RangeVar } }[];
  };
  readonly AlterTableStmt?: {
    readonly relation?: RangeVar;
    readonly cmds?: readonly {
      readonly AlterTableCmd?: { readonly def?: { readonly PartitionCmd?: { name?: RangeVar; concurrent?: boolean } } };
    }[];
  };
}

interface Option {
  readonly DefElem?: { readonly defname?: string };
}

export function aloneOf([tree]: Parsed): Alone {
  const { IndexStmt, DropStmt, ReindexStmt, VacuumStmt, AlterTableStmt } = (tree ?? {}) as Trees;
  if (IndexStmt?.concurrent === true) return { what: 'create index' };
  if (DropStmt?.concurrent === true) return { what: 'drop index' };
  if (ReindexStmt !== undefined)
    return {
      what: 'reindex',
      concurrently: has(ReindexStmt.params, 'concurrently'),
      names: namesOf([ReindexStmt.relation]),
    };
  if (VacuumStmt !== undefined)
    return {
      what: 'vacuum',
      concurrently: !has(VacuumStmt.options, 'full'),
      names: namesOf((VacuumStmt.rels ?? []).map(({ VacuumRelation }) => VacuumRelation?.relation)),
    };
  const partition = AlterTableStmt?.cmds?.[0]?.AlterTableCmd?.def?.PartitionCmd;
  if (partition?.concurrent === true)
    return { what: 'detach partition', names: namesOf([AlterTableStmt?.relation, partition.name]) };
  return { what: 'other' };
}

function has(options: readonly Option[] | undefined, name: string): boolean {
  return options?.some(({ DefElem }) => DefElem?.defname === name) === true;
}

function namesOf(relations: readonly (RangeVar | undefined)[]): readonly Name[] {
  return relations.flatMap((relation) =>
    relation?.relname === undefined ? [] : { schema: relation.schemaname ?? null, name: relation.relname },
  );
}

/** True when the id of a relation can be what the name says; without a schema the search_path would decide. */
export function isNamed(id: string, { schema, name }: Name): boolean {
  const own = quoteIdentifier(name);
  const endings = [own, name];
  if (schema !== null) return [quoteIdentifier(schema), schema].some((s) => endings.some((n) => id === `${s}.${n}`));
  return endings.some((ending) => id.endsWith(`.${ending}`));
}
