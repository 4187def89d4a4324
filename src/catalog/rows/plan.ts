/** What rows of a table have to be like, read from the catalog once. */
import type { Column, Constraint, Index } from '../model.ts';
import type { Condition } from './constraints/condition.ts';
import { conditionOf } from './constraints/condition.ts';
import { keyParts } from './constraints/key-parts.ts';
import { leavesOf } from './constraints/partitions.ts';
import { cellKey } from './draw.ts';
import { columnsIn, within } from './expression/expression.ts';
import { parseCondition } from './expression/parse.ts';
import { simplify } from './expression/simplify.ts';
import type { PlanSource } from './plan-source.ts';
import type { ColumnPlan, Reference, TablePlan, UniqueKey } from './table-plan.ts';
import { couldBe } from './types/could-be.ts';

export function planTable(source: PlanSource, table: string): TablePlan {
  const constraints = (source.constraints.get(table) ?? []).filter((constraint) => constraint.enforced);
  const conditions = constraints.filter((constraint) => constraint.kind === 'check').map(conditionOf);
  const references = constraints.flatMap(referenceOf);
  const uniques = (source.indexes.get(table) ?? []).filter((index) => index.unique).map(uniqueOf);
  const primaryKey = constraints.find((constraint) => constraint.kind === 'primary key')?.columns ?? [];
  const leaves = leavesOf(table, source);
  const keyed = new Set([
    ...primaryKey,
    ...references.flatMap((reference) => reference.columns),
    ...uniques.flatMap((unique) => unique.parts.flatMap((part) => [...columnsIn(part)])),
    ...leaves.flatMap((leaf) => [...leaf.columns]),
  ]);
  const all = [...conditions, ...leaves.flatMap((leaf) => leaf.conditions)];
  const columns = (source.columns.get(table) ?? [])
    .filter((column) => column.generated === null)
    .map((column) => planColumn(column, source, keyed.has(column.name), all));
  const referring = new Set(references.flatMap((reference) => reference.columns));
  const rank = (column: ColumnPlan): number => (referring.has(column.name) ? 0 : column.inKey ? 1 : 2);
  return {
    table,
    columns: [...columns].sort((one, other) => rank(one) - rank(other)),
    conditions,
    leaves,
    uniques,
    primaryKey,
    references: references.sort((one, other) => other.columns.length - one.columns.length),
    exclusions: constraints
      .filter((constraint) => constraint.kind === 'exclusion')
      .map((constraint) => constraint.name),
    initiallyDeferred: constraints.filter((one) => one.initiallyDeferred).map((one) => one.name),
    forced: source.relations.get(table)?.forceRowSecurity ?? false,
    rewritten: source.rules.has(table),
  };
}

function referenceOf(constraint: Constraint): readonly Reference[] {
  const { references } = constraint;
  if (constraint.kind !== 'foreign key' || references === null) return [];
  return [
    {
      name: constraint.name,
      columns: constraint.columns,
      table: references.relation,
      referenced: references.columns,
      full: / MATCH FULL/u.test(constraint.definition),
      deferrable: constraint.deferrable,
    },
  ];
}

function uniqueOf(index: Index): UniqueKey {
  return {
    name: index.name,
    parts: keyParts(index),
    predicate: index.predicate === null ? null : parseCondition(index.predicate),
    nullsNotDistinct: index.nullsNotDistinct,
  };
}

function planColumn(column: Column, source: PlanSource, inKey: boolean, conditions: readonly Condition[]): ColumnPlan {
  const valueType = source.types.valueType(column.type);
  return {
    name: column.name,
    type: column.type,
    valueType,
    nullable: !column.notNull && !(valueType.kind === 'domain' && valueType.notNull) && column.identity === null,
    defaultText: column.default === null ? null : constantOf(column.default),
    counted: column.identity !== null || /^nextval\(/u.test(column.default ?? ''),
    inKey,
    key: cellKey(source.seed, column.relation, column.name),
    tries: triesOf(column.name, conditions).filter((text) => couldBe(text, valueType)),
  };
}

function constantOf(text: string): string | null {
  const expression = simplify(parseCondition(text), new Map());
  return expression.kind === 'constant' ? expression.text : null;
}

function triesOf(name: string, conditions: readonly Condition[]): readonly string[] {
  const texts = new Set<string>();
  for (const condition of conditions) {
    if (!condition.columns.has(name)) continue;
    for (const part of within(condition.expression)) {
      if (part.kind !== 'constant' || part.text === null) continue;
      texts.add(part.text);
      if (/^-?\d{1,15}$/u.test(part.text)) texts.add(String(Number(part.text) + 1)).add(String(Number(part.text) - 1));
    }
    if (condition.expression.kind !== 'opaque') continue;
    for (const [, text = ''] of condition.text.matchAll(/'((?:[^']|'')*)'/gu)) texts.add(text.replaceAll("''", "'"));
    for (const [text] of condition.text.matchAll(/\b\d+(?:\.\d+)?\b/gu)) texts.add(text);
  }
  return [...texts];
}
