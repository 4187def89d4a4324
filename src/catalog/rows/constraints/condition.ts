/** A CHECK, as text for the server and read for ourselves. */
import type { Constraint } from '../../model.ts';
import type { Expression } from '../expression/expression.ts';
import { columnsIn } from '../expression/expression.ts';
import { parseCondition } from '../expression/parse.ts';

export interface Condition {
  readonly name: string;
  /** What the server evaluates. */
  readonly text: string;
  readonly expression: Expression;
  readonly columns: ReadonlySet<string>;
}

export function conditionOf(constraint: Constraint): Condition {
  const expression = parseCondition(constraint.definition);
  return {
    name: constraint.name,
    text: /^CHECK \((.*)\)(?: NO INHERIT| NOT VALID| NOT ENFORCED)*$/su.exec(constraint.definition)?.[1] ?? 'true',
    expression,
    columns: new Set([...columnsIn(expression), ...constraint.columns]),
  };
}
