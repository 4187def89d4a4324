/** How a policy of the same name differs from what it was. */

import type { Policy } from '../../../catalog/model.ts';
import { partsOf, readExpression, sameTree } from '../../../policy/expression.ts';
import type { Node } from '../tree/node.ts';
import { nodeOf } from '../tree/node.ts';

/** What is let through that was not before, in words; empty when nothing is known to be. */
export function widenings(was: Policy, is: Policy): readonly string[] {
  if (was.permissive !== is.permissive) return is.permissive ? ['restrictive became permissive'] : [];
  const words: string[] = [];
  const more = is.roles.filter((role) => !was.roles.includes(role));
  if (more.length > 0 && !was.roles.includes('public') && is.permissive) words.push(`for ${more.join(', ')} too`);
  if (!is.permissive && !is.roles.includes('public')) {
    const fewer = was.roles.filter((role) => !is.roles.includes(role));
    if (fewer.length > 0) words.push(`no longer for ${fewer.join(', ')}`);
  }
  if (was.command !== is.command && is.permissive && is.command === 'all') words.push('for all commands');
  if (relation(was.using, is.using) === 'wider') words.push('USING lets more rows through');
  if (was.withCheck !== null && relation(was.withCheck, is.withCheck ?? is.using) === 'wider')
    words.push('WITH CHECK lets more rows in');
  return words;
}

/** True when a condition is another one, and neither wider nor narrower as far as its parts show. */
export function isReplaced(was: Policy, is: Policy): boolean {
  return relation(was.using, is.using) === 'other' || relation(was.withCheck, is.withCheck) === 'other';
}

type Relation = 'same' | 'wider' | 'narrower' | 'other';

function relation(was: string | null, is: string | null): Relation {
  if (was === is || was === null) return is === was ? 'same' : 'narrower';
  if (is === null) return 'wider';
  const [old, fresh] = [oncePerStatement(readExpression(was).tree), oncePerStatement(readExpression(is).tree)];
  if (sameTree(old, fresh)) return 'same';
  if (holdsIn(partsOf(old, 'or'), partsOf(fresh, 'or')) || holdsIn(partsOf(fresh, 'and'), partsOf(old, 'and')))
    return 'wider';
  if (holdsIn(partsOf(fresh, 'or'), partsOf(old, 'or')) || holdsIn(partsOf(old, 'and'), partsOf(fresh, 'and')))
    return 'narrower';
  return 'other';
}

/** `(select auth.uid())` says the same as `auth.uid()`. */
function oncePerStatement<T>(tree: T): T {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map(oncePerStatement) as T;
  const link = nodeOf(tree as unknown as Node, 'SubLink');
  const query = link?.subLinkType === 'EXPR_SUBLINK' ? nodeOf(link.subselect, 'SelectStmt') : null;
  const [target, ...more] = query?.targetList ?? [];
  const value = nodeOf(target, 'ResTarget')?.val;
  const plain = query?.fromClause === undefined && query?.whereClause === undefined && query?.op === 'SETOP_NONE';
  if (plain && value !== undefined && more.length === 0) return oncePerStatement(value) as unknown as T;
  return Object.fromEntries(Object.entries(tree).map(([key, inside]) => [key, oncePerStatement(inside)])) as T;
}

/** Each of the few is among the many. */
function holdsIn(few: readonly Node[], many: readonly Node[]): boolean {
  return few.length < many.length && few.every((part) => many.some((other) => sameTree(part, other)));
}
