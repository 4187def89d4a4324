/** Where the rows of a partitioned table may go: the bounds on the way to each leaf, as conditions. */
import type { Relation } from '../../model.ts';
import type { Expression } from '../expression/expression.ts';
import { call, columnsIn, constant, opaque } from '../expression/expression.ts';
import { parseCondition } from '../expression/parse.ts';
import { simplify } from '../expression/simplify.ts';
import type { PlanSource } from '../plan-source.ts';
import type { Condition } from './condition.ts';
import { conditionOf } from './condition.ts';

export interface Leaf {
  readonly table: string;
  readonly conditions: readonly Condition[];
  readonly columns: ReadonlySet<string>;
  /** What is in no other partition. */
  readonly isDefault: boolean;
}

/** Leaves with bounds before default ones; empty for a table that is not partitioned, or has no partition. */
export function leavesOf(table: string, source: PlanSource): readonly Leaf[] {
  const leaves = [...walk(table, [], false, source)];
  return [...leaves.filter((leaf) => !leaf.isDefault), ...leaves.filter((leaf) => leaf.isDefault)];
}

function* walk(table: string, above: readonly Condition[], isDefault: boolean, source: PlanSource): Generator<Leaf> {
  const relation = source.relations.get(table);
  if (relation === undefined || relation.kind !== 'partitioned table') return;
  const key = keyOf(relation);
  for (const child of source.children.get(table) ?? []) {
    const bound = child.partitionBound ?? 'DEFAULT';
    const own = (source.constraints.get(child.id) ?? [])
      .filter((constraint) => constraint.kind === 'check' && constraint.local && constraint.enforced)
      .map(conditionOf);
    const expression = boundOf(bound, key);
    const conditions = [
      ...above,
      ...own,
      { name: `the bounds of ${child.id}`, text: 'true', expression, columns: columnsIn(expression) },
    ];
    const inDefault = isDefault || bound === 'DEFAULT';
    if (child.kind === 'partitioned table') yield* walk(child.id, conditions, inDefault, source);
    else if (child.kind === 'table') {
      const columns = new Set(conditions.flatMap((condition) => [...condition.columns]));
      yield { table: child.id, conditions, columns, isDefault: inDefault };
    }
  }
}

function keyOf(relation: Relation): readonly Expression[] {
  const listed = /^\w+ \((.*)\)$/su.exec(relation.partitionKey ?? '')?.[1];
  if (listed === undefined) return [opaque];
  const bare = listed.replaceAll(/ [a-z_]+_ops\b/gu, '');
  const expression = parseCondition(`(row(${bare}))`);
  return expression.kind === 'call' && expression.name === 'row' ? expression.args : [opaque];
}

const anything = constant('true');

function boundOf(bound: string, key: readonly Expression[]): Expression {
  const list = /^FOR VALUES IN \((.*)\)$/su.exec(bound)?.[1];
  const [first = opaque] = key;
  if (list !== undefined) {
    const items = itemsOf(list);
    const values = items.filter((item) => item.kind === 'constant' && item.text !== null);
    if (values.length === 0) return { kind: 'is null', arg: first };
    const among: Expression = { kind: 'any', operator: '=', left: first, right: { kind: 'array', items: values } };
    // A null passes a condition, but is in a partition only where it is listed.
    return { kind: 'and', args: [{ kind: 'not', arg: { kind: 'is null', arg: first } }, among] };
  }
  const range = /^FOR VALUES FROM \((.*)\) TO \((.*)\)$/su.exec(bound);
  if (range === null) return anything;
  return between(key, itemsOf(range[1] ?? ''), itemsOf(range[2] ?? ''));
}

function itemsOf(text: string): readonly Expression[] {
  const expression = simplify(parseCondition(`(row(${text}))`), new Map());
  return expression.kind === 'call' && expression.name === 'row' ? expression.args : [];
}

/** Column by column as long as both ends are the same; the first that differs decides. */
function between(key: readonly Expression[], from: readonly Expression[], to: readonly Expression[]): Expression {
  const args: Expression[] = key.map((part) => ({ kind: 'not', arg: { kind: 'is null', arg: part } }));
  for (const [at, part] of key.entries()) {
    const [low, high] = [from[at], to[at]];
    const [lowText, highText] = [textOf(low), textOf(high)];
    if (lowText !== null && lowText === highText && at < key.length - 1) {
      args.push(call('=', part, constant(lowText)));
      continue;
    }
    if (lowText !== null) args.push(call(at < key.length - 1 ? '>' : '>=', part, constant(lowText)));
    if (highText !== null) args.push(call('<', part, constant(highText)));
    break;
  }
  return { kind: 'and', args };
}

/** Null for MINVALUE and MAXVALUE, which are read as names of columns. */
function textOf(item: Expression | undefined): string | null {
  return item?.kind === 'constant' ? item.text : null;
}
