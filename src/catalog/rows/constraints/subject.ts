/** Which side of a condition is about the column, and what of it: its value, its length, its type of JSON. */
import type { Expression } from '../expression/expression.ts';

export interface Subject {
  readonly of:
    | 'value'
    | 'lower'
    | 'upper'
    | 'btrim'
    | 'length'
    | 'bytes'
    | 'items'
    | 'json type'
    | 'json text'
    | 'truncated'
    | 'remainder'
    | 'other';
  /** Names below a JSON value, from the outside in. */
  readonly path: readonly string[];
  readonly argument: string | null;
}

const lengths: Readonly<Record<string, Subject['of']>> = {
  length: 'length',
  char_length: 'length',
  character_length: 'length',
  octet_length: 'bytes',
  cardinality: 'items',
  jsonb_array_length: 'items',
  json_array_length: 'items',
  lower: 'lower',
  upper: 'upper',
  btrim: 'btrim',
  jsonb_typeof: 'json type',
  json_typeof: 'json type',
};

/** Null: it is not about this column, or not about it alone. */
export function subjectOf(expression: Expression, column: string): Subject | null {
  if (expression.kind === 'column') {
    return expression.name === column ? { of: 'value', path: [], argument: null } : null;
  }
  if (expression.kind === 'cast') {
    const inner = subjectOf(expression.arg, column);
    return inner;
  }
  if (expression.kind !== 'call') return null;
  const [first, second] = expression.args;
  if (first === undefined) return null;
  if (expression.name === 'date_trunc' && second !== undefined && first.kind === 'constant') {
    const inner = subjectOf(second, column);
    return inner?.of === 'value' ? { ...inner, of: 'truncated', argument: first.text } : null;
  }
  const inner = subjectOf(first, column);
  if (inner === null) return null;
  if ((expression.name === '->' || expression.name === '->>') && second?.kind === 'constant' && inner.of === 'value') {
    return {
      of: expression.name === '->' ? 'value' : 'json text',
      path: [...inner.path, second.text ?? ''],
      argument: null,
    };
  }
  if (expression.name === 'array_length' && inner.of === 'value') return { ...inner, of: 'items' };
  if ((expression.name === '%' || expression.name === 'mod') && second?.kind === 'constant' && inner.of === 'value') {
    return { ...inner, of: 'remainder', argument: second.text };
  }
  const of = lengths[expression.name];
  if (of === undefined || expression.args.length > 1) return { of: 'other', path: inner.path, argument: null };
  if (inner.of === 'value' || inner.of === 'json text') return { ...inner, of };
  // The length of a text that is trimmed first: ours have nothing to trim.
  return inner.of === 'btrim' || inner.of === 'lower' || inner.of === 'upper'
    ? { ...inner, of: of === 'length' && inner.of === 'btrim' ? 'length' : of, argument: inner.of }
    : { of: 'other', path: inner.path, argument: null };
}
