/** Conditions as the server deparses them, read far enough to make values that satisfy them. */

export type Expression =
  | { readonly kind: 'constant'; readonly text: string | null }
  | { readonly kind: 'column'; readonly name: string }
  /** Functions by their last name, operators by their sign. */
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'cast'; readonly arg: Expression; readonly type: string }
  | { readonly kind: 'and' | 'or'; readonly args: readonly Expression[] }
  | { readonly kind: 'not'; readonly arg: Expression }
  | { readonly kind: 'is null'; readonly arg: Expression }
  /** `left operator ANY (right)`, or ALL. */
  | {
      readonly kind: 'any' | 'all';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'array'; readonly items: readonly Expression[] }
  | {
      readonly kind: 'case';
      readonly whens: readonly { readonly when: Expression; readonly gives: Expression }[];
      readonly otherwise: Expression;
    }
  /** Not understood; only the server can say. */
  | { readonly kind: 'opaque' };

export const opaque: Expression = { kind: 'opaque' };

export function constant(text: string | null): Expression {
  return { kind: 'constant', text };
}

export function truth(value: boolean): Expression {
  return constant(value ? 'true' : 'false');
}

export function call(name: string, ...args: readonly Expression[]): Expression {
  return { kind: 'call', name, args };
}

/** All expressions inside, itself included. */
export function* within(expression: Expression): Generator<Expression> {
  yield expression;
  for (const part of partsOf(expression)) yield* within(part);
}

export function columnsIn(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  for (const part of within(expression)) if (part.kind === 'column') names.add(part.name);
  return names;
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'constant':
    case 'column':
    case 'opaque':
      return [];
    case 'call':
    case 'and':
    case 'or':
      return expression.args;
    case 'array':
      return expression.items;
    case 'cast':
    case 'not':
    case 'is null':
      return [expression.arg];
    case 'any':
    case 'all':
      return [expression.left, expression.right];
    case 'case':
      return [...expression.whens.flatMap(({ when, gives }) => [when, gives]), expression.otherwise];
    default:
      return expression satisfies never;
  }
}
