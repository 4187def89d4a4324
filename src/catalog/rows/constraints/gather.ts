/** Reads what a simplified condition says of one column. */
import type { Expression } from '../expression/expression.ts';
import { columnsIn } from '../expression/expression.ts';
import { negate, truthOf } from '../expression/simplify.ts';
import { compare, flipped } from './compare.ts';
import { gatherCount } from './count-nulls.ts';
import type { Facts } from './facts.ts';
import { copyOf, noFacts, sayNull, sayOneOf } from './facts.ts';
import { subjectOf } from './subject.ts';

/** Which of n branches to try first: by row and attempt, so that rows satisfy a condition in different ways. */
export type Choose = (n: number) => number;

export function gather(condition: Expression, column: string, facts: Facts, choose: Choose): void {
  if (facts.impossible) return;
  switch (condition.kind) {
    case 'constant':
      if (truthOf(condition) === false) facts.impossible = true;
      return;
    case 'column':
      if (condition.name === column) sayOneOf(facts, ['true']);
      return;
    case 'and':
      for (const part of condition.args) gather(part, column, facts, choose);
      return;
    case 'or':
      gatherOne(condition.args, column, facts, choose);
      return;
    case 'not':
      gatherNot(condition.arg, column, facts, choose);
      return;
    case 'is null':
      if (subjectOf(condition.arg, column)?.of === 'value') sayNullOf(condition.arg, column, facts, 'null');
      return;
    case 'any':
    case 'all':
      gatherAny(condition, column, facts, choose);
      return;
    case 'case':
      gatherCase(condition, column, facts, choose);
      return;
    case 'call':
      gatherCall(condition.name, condition.args, column, facts, choose);
      return;
    case 'cast':
      gather(condition.arg, column, facts, choose);
      return;
    case 'array':
    case 'opaque':
      return;
    default:
      condition satisfies never;
  }
}

/** The first branch, from the chosen one on, that can be satisfied; one about other columns says nothing here. */
function gatherOne(branches: readonly Expression[], column: string, facts: Facts, choose: Choose): void {
  const first = choose(branches.length);
  for (let step = 0; step < branches.length; step += 1) {
    const branch = branches[(first + step) % branches.length];
    const tried = copyOf(facts);
    if (branch !== undefined) gather(branch, column, tried, choose);
    if (tried.impossible) continue;
    Object.assign(facts, tried);
    return;
  }
  facts.impossible = true;
}

function gatherNot(inner: Expression, column: string, facts: Facts, choose: Choose): void {
  if (inner.kind === 'is null') {
    if (subjectOf(inner.arg, column) !== null) sayNullOf(inner.arg, column, facts, 'not null');
  } else if (inner.kind === 'column') {
    if (inner.name === column) sayOneOf(facts, ['false']);
  } else if (inner.kind === 'call' && inner.name === 'starts_with') {
    return;
  } else {
    const negated = negate(inner);
    if (negated.kind !== 'not') gather(negated, column, facts, choose);
  }
}

function sayNullOf(expression: Expression, column: string, facts: Facts, nullness: 'null' | 'not null'): void {
  const subject = subjectOf(expression, column);
  if (subject === null) return;
  if (subject.path.length === 0) {
    sayNull(facts, nullness);
    return;
  }
  compare({ ...subject, of: 'value' }, nullness === 'null' ? 'is null' : 'is not null', '', facts);
}

function gatherAny(
  condition: Extract<Expression, { kind: 'any' | 'all' }>,
  column: string,
  facts: Facts,
  choose: Choose,
): void {
  const { kind, operator, left, right } = condition;
  // constant = ANY (column): the array holds it.
  if (left.kind === 'constant' && left.text !== null && kind === 'any' && operator === '=') {
    if (subjectOf(right, column)?.of !== 'value') return;
    facts.minimumLength = Math.max(facts.minimumLength, 1);
    facts.items ??= noFacts();
    sayOneOf(facts.items, [left.text]);
    return;
  }
  if (right.kind !== 'array') {
    const turned = flipped(operator);
    if (left.kind !== 'constant' || left.text === null || kind !== 'all' || turned === null) return;
    if (subjectOf(right, column)?.of !== 'value') return;
    facts.items ??= noFacts();
    compare({ of: 'value', path: [], argument: null }, turned, left.text, facts.items);
    return;
  }
  const texts = right.items.flatMap((item) => (item.kind === 'constant' && item.text !== null ? [item.text] : []));
  const subject = subjectOf(left, column);
  if (subject === null || texts.length === 0) return;
  if (kind === 'all') for (const text of texts) compare(subject, operator, text, facts);
  else if (operator === '=' && ['value', 'json text', 'lower', 'upper', 'btrim'].includes(subject.of)) {
    compare(subject, 'in', texts, facts);
  } else compare(subject, operator, texts[choose(texts.length)] ?? '', facts);
}

function gatherCase(
  condition: Extract<Expression, { kind: 'case' }>,
  column: string,
  facts: Facts,
  choose: Choose,
): void {
  const branches: Expression[] = [];
  const before: Expression[] = [];
  for (const { when, gives } of condition.whens) {
    branches.push({ kind: 'and', args: [...before, when, gives] });
    before.push(negate(when));
  }
  branches.push({ kind: 'and', args: [...before, condition.otherwise] });
  gatherOne(branches, column, facts, choose);
}

function gatherCall(name: string, args: readonly Expression[], column: string, facts: Facts, choose: Choose): void {
  const [left, right] = args;
  if (left === undefined) return;
  if (name === 'is true' || name === 'is not false') {
    gather(left, column, facts, choose);
    return;
  }
  if (name === 'is false' || name === 'is not true') {
    gather(negate(left), column, facts, choose);
    return;
  }
  if (name === 'coalesce') {
    gather(left, column, facts, choose);
    return;
  }
  if (right === undefined) return;
  if (gatherCount(name, left, right, column, facts, choose)) return;
  if (name === '=' && sameAsItself(left, right, column, facts)) return;
  if (right.kind === 'array' && (name === '<@' || name === '@>') && subjectOf(left, column)?.of === 'value') {
    const texts = right.items.flatMap((item) => (item.kind === 'constant' && item.text !== null ? [item.text] : []));
    facts.items ??= noFacts();
    sayOneOf(facts.items, texts);
    if (name === '@>') facts.minimumLength = Math.max(facts.minimumLength, texts.length);
    return;
  }
  if (right.kind === 'constant' && right.text !== null) {
    const subject = subjectOf(left.kind === 'call' && left.name === 'coalesce' ? (left.args[0] ?? left) : left, column);
    if (subject !== null) compare(subject, name, right.text, facts);
  } else if (left.kind === 'constant' && left.text !== null) {
    const subject = subjectOf(right, column);
    const operator = flipped(name);
    if (subject !== null && operator !== null) compare(subject, operator, left.text, facts);
  }
}

/** lower(x) = x, btrim(x) = x, date_trunc('month', x) = x, round(x) = x. */
function sameAsItself(left: Expression, right: Expression, column: string, facts: Facts): boolean {
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (subjectOf(other, column)?.of !== 'value' || !columnsIn(one).has(column)) continue;
    const made = one.kind === 'cast' ? one.arg : one;
    const subject = subjectOf(made, column);
    if (subject?.of === 'lower' || subject?.of === 'upper') facts.letters = subject.of;
    else if (subject?.of === 'btrim') facts.trimmed = true;
    else if (subject?.of === 'truncated') facts.truncated = subject.argument;
    else if (made.kind === 'call' && ['round', 'trunc', 'floor', 'ceil', 'ceiling'].includes(made.name)) {
      facts.wholeNumber = true;
    } else return false;
    return true;
  }
  return false;
}
