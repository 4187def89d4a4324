/** num_nonnulls and num_nulls: which of the columns that are still open is to have a value. */
import type { Expression } from '../expression/expression.ts';
import type { Facts } from './facts.ts';
import { sayNull } from './facts.ts';

/** False: it is no such condition. */
export function gatherCount(
  operator: string,
  left: Expression,
  right: Expression,
  column: string,
  facts: Facts,
  choose: (n: number) => number,
): boolean {
  if (left.kind !== 'call' || !/^num_(non)?nulls of$/u.test(left.name)) return false;
  const [counted, ...open] = left.args;
  const at = open.findIndex((arg) => arg.kind === 'column' && arg.name === column);
  if (at < 0 || right.kind !== 'constant' || counted?.kind !== 'constant') return true;
  const wanted = wantedOf(operator, Number(right.text), Number(counted.text), open.length);
  if (wanted === null) {
    facts.impossible = true;
    return true;
  }
  const counts = left.name.startsWith('num_nonnulls') ? 'not null' : 'null';
  const rest = open.length;
  // As many as are wanted, out of those that are left, without order.
  const takes = wanted.most === 0 ? false : wanted.least >= rest || choose(rest) < Math.max(1, wanted.least);
  if (takes) sayNull(facts, counts);
  else if (wanted.most === 0 || wanted.least === wanted.most) sayNull(facts, counts === 'null' ? 'not null' : 'null');
  return true;
}

function wantedOf(
  operator: string,
  number: number,
  counted: number,
  open: number,
): { readonly least: number; readonly most: number } | null {
  let least = 0;
  let most = open;
  const left = number - counted;
  if (operator === '=') [least, most] = [left, left];
  else if (operator === '>=') least = left;
  else if (operator === '>') least = left + 1;
  else if (operator === '<=') most = left;
  else if (operator === '<') most = left - 1;
  least = Math.max(0, least);
  most = Math.min(open, most);
  return least > most ? null : { least, most };
}
