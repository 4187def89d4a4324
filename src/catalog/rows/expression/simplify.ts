/** What is left of a condition when some of its columns are known. */
import { arithmetic, compareTexts, textFunction } from './constants.ts';
import type { Expression } from './expression.ts';
import { call, constant, opaque, truth } from './expression.ts';

/** Texts of the columns that are known; null is the null. */
export type Known = ReadonlyMap<string, string | null>;

export function simplify(expression: Expression, known: Known): Expression {
  const inner = (part: Expression): Expression => simplify(part, known);
  switch (expression.kind) {
    case 'constant':
    case 'opaque':
      return expression;
    case 'column': {
      const text = known.get(expression.name);
      return text === undefined ? expression : constant(text);
    }
    case 'cast':
      return simplifyCast(inner(expression.arg), expression.type);
    case 'array':
      return { kind: 'array', items: expression.items.map(inner) };
    case 'and':
    case 'or':
      return simplifyJunction(expression.kind, expression.args.map(inner));
    case 'not':
      return negate(inner(expression.arg));
    case 'is null': {
      const arg = inner(expression.arg);
      if (arg.kind === 'constant') return truth(arg.text === null);
      return arg.kind === 'array' ? truth(false) : { kind: 'is null', arg };
    }
    case 'any':
    case 'all':
      return simplifyAny(expression.kind, expression.operator, inner(expression.left), inner(expression.right));
    case 'case':
      return simplifyCase(expression, inner);
    case 'call':
      return simplifyCall(expression.name, expression.args.map(inner));
    default:
      return expression satisfies never;
  }
}

function simplifyCast(arg: Expression, type: string): Expression {
  if (arg.kind === 'constant' && arg.text !== null) {
    if (type === 'date') return constant(arg.text.slice(0, 10));
    const items = type.endsWith('[]') ? /^\{([\w .,:-]*)\}$/u.exec(arg.text)?.[1] : undefined;
    if (items !== undefined) {
      return { kind: 'array', items: items === '' ? [] : items.split(',').map((item) => constant(item)) };
    }
  }
  if (arg.kind === 'constant' || arg.kind === 'array') return arg;
  return { kind: 'cast', arg, type };
}

function simplifyJunction(kind: 'and' | 'or', parts: readonly Expression[]): Expression {
  const decides = kind === 'or';
  const left: Expression[] = [];
  for (const part of parts) {
    const flat = part.kind === kind ? part.args : [part];
    for (const one of flat) {
      const said = truthOf(one);
      if (said === decides) return truth(decides);
      if (said === null) left.push(one);
    }
  }
  if (left.length === 0) return truth(!decides);
  return left.length === 1 ? (left[0] as Expression) : { kind, args: left };
}

/** Null for what is not a known truth. A null satisfies a CHECK, but is left as it is. */
export function truthOf(expression: Expression): boolean | null {
  if (expression.kind !== 'constant' || expression.text === null) return null;
  if (['t', 'true'].includes(expression.text)) return true;
  return ['f', 'false'].includes(expression.text) ? false : null;
}

const opposites: Readonly<Record<string, string>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
  '~': '!~',
  '!~': '~',
  '~*': '!~*',
  '!~*': '~*',
  '~~': '!~~',
  '!~~': '~~',
  '~~*': '!~~*',
  '!~~*': '~~*',
  'is true': 'is not true',
  'is not true': 'is true',
  'is false': 'is not false',
  'is not false': 'is false',
  'is distinct from': 'is not distinct from',
  'is not distinct from': 'is distinct from',
};

export function negate(expression: Expression): Expression {
  const said = truthOf(expression);
  if (said !== null) return truth(!said);
  switch (expression.kind) {
    case 'not':
      return expression.arg;
    case 'and':
    case 'or':
      return { kind: expression.kind === 'and' ? 'or' : 'and', args: expression.args.map(negate) };
    case 'any':
    case 'all': {
      const operator = opposites[expression.operator];
      if (operator === undefined) return { kind: 'not', arg: expression };
      return { ...expression, kind: expression.kind === 'any' ? 'all' : 'any', operator };
    }
    case 'call': {
      const name = opposites[expression.name];
      return name === undefined ? { kind: 'not', arg: expression } : { ...expression, name };
    }
    case 'constant':
    case 'opaque':
      return expression;
    default:
      return { kind: 'not', arg: expression };
  }
}

function simplifyAny(kind: 'any' | 'all', operator: string, left: Expression, right: Expression): Expression {
  if (left.kind === 'constant' && right.kind === 'array') {
    const each = right.items.map((item) => simplifyCall(operator, [left, item]));
    return simplifyJunction(kind === 'any' ? 'or' : 'and', each);
  }
  return { kind, operator, left, right };
}

function simplifyCase(
  expression: Extract<Expression, { kind: 'case' }>,
  inner: (part: Expression) => Expression,
): Expression {
  const whens: { when: Expression; gives: Expression }[] = [];
  for (const { when, gives } of expression.whens) {
    const condition = inner(when);
    const said = condition.kind === 'constant' && condition.text === null ? false : truthOf(condition);
    if (said === false) continue;
    if (said === true) {
      if (whens.length === 0) return inner(gives);
      return { kind: 'case', whens, otherwise: inner(gives) };
    }
    whens.push({ when: condition, gives: inner(gives) });
  }
  const otherwise = inner(expression.otherwise);
  return whens.length === 0 ? otherwise : { kind: 'case', whens, otherwise };
}

function simplifyCall(name: string, args: readonly Expression[]): Expression {
  const [first = opaque, second] = args;
  if (name === 'coalesce') {
    const left = args.filter((arg) => !(arg.kind === 'constant' && arg.text === null));
    const [head] = left;
    if (head === undefined) return constant(null);
    return head.kind === 'constant' || left.length === 1 ? head : call(name, ...left);
  }
  if (name === 'num_nonnulls' || name === 'num_nulls') return countNulls(name, args);
  if (name === 'is distinct from' || name === 'is not distinct from') {
    return simplifyDistinct(name, first, second ?? opaque);
  }
  if (/^is (not )?(true|false)$/u.test(name) && first.kind === 'constant') {
    const holds = truthOf(first) === name.endsWith('true');
    return truth(name.includes('not') ? !holds : holds);
  }
  if ((name === '=' || name === '<>') && second !== undefined) {
    // `(a is null) = (b is null)`: one of them known, it says what the other has to be.
    const [known, other] = truthOf(first) === null ? [truthOf(second), first] : [truthOf(first), second];
    if (known !== null && isCondition(other)) return known === (name === '=') ? other : negate(other);
  }
  const texts = args.map((arg) => (arg.kind === 'constant' ? arg.text : undefined));
  if (texts.some((text) => text === null)) return constant(null);
  if (texts.some((text) => text === undefined)) return call(name, ...args);
  const known = texts as readonly string[];
  const compared = compareTexts(name, known[0] ?? '', known[1] ?? '');
  if (compared !== null && known.length === 2) return truth(compared);
  const made = known.length === 2 ? arithmetic(name, known[0] ?? '', known[1] ?? '') : null;
  const text = made ?? textFunction(name, known);
  return text === null ? call(name, ...args) : constant(text);
}

function isCondition(expression: Expression): boolean {
  return ['is null', 'not', 'and', 'or', 'any', 'all'].includes(expression.kind);
}

function simplifyDistinct(name: string, left: Expression, right: Expression): Expression {
  const not = name === 'is not distinct from';
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (one.kind !== 'constant' || one.text !== null) continue;
    if (other.kind === 'constant') return truth((other.text === null) === not);
    const isNull: Expression = { kind: 'is null', arg: other };
    return not ? isNull : negate(isNull);
  }
  if (left.kind === 'constant' && right.kind === 'constant') return simplifyCall(not ? '=' : '<>', [left, right]);
  return call(name, left, right);
}

/** A number as soon as all are known; until then what is known goes to the front, as a number of its own. */
function countNulls(name: string, args: readonly Expression[]): Expression {
  const open = args.filter((arg) => arg.kind !== 'constant');
  const counted = args.filter((arg) => arg.kind === 'constant' && (arg.text === null) === (name === 'num_nulls'));
  if (open.length === 0) return constant(String(counted.length));
  const rest = call(
    `${name} of`,
    constant(String(counted.length)),
    ...open.flatMap((arg) => (isCount(arg) ? [] : [arg])),
  );
  return rest;
}

function isCount(expression: Expression): boolean {
  return expression.kind === 'call' && expression.name.endsWith(' of');
}
