/**
 * One reading of policy expressions: text as pg_get_expr prints it under an empty search_path, parsed by libpg-query.
 *
 * The parser must be there: `await loadParser()` once.
 */
import type { Node } from '../postgres/parse-sql.ts';
import { loadedParser } from '../postgres/parse-sql.ts';
import { foldTruth } from './fold-truth.ts';
import type { Mentions } from './mentions.ts';
import { mentionsOf } from './mentions.ts';

export interface Expression extends Mentions {
  readonly text: string;
  readonly tree: Node;
}

/** Throws SqlUnparsable, which what the server printed never leads to. */
export function readExpression(text: string): Expression {
  const [statement] = loadedParser().parse(`select ${text}`);
  const select = statement !== undefined && 'SelectStmt' in statement.tree ? statement.tree.SelectStmt : null;
  const target = select?.targetList?.[0];
  const tree = target !== undefined && 'ResTarget' in target ? target.ResTarget.val : undefined;
  if (tree === undefined) throw new RangeError(`no expression: ${text}`);
  return { text, tree, ...mentionsOf(tree) };
}

/** True for every row and everybody, as the expression alone shows: `true`, `1 = 1`, `id = id`, `… or true`. */
export function isAlwaysTrue(tree: Node): boolean {
  return foldTruth(tree) === true;
}

/** The parts that are joined by OR, or by AND; the expression itself where it is joined by neither. */
export function partsOf(tree: Node, joined: 'or' | 'and'): readonly Node[] {
  if (!('BoolExpr' in tree) || tree.BoolExpr.boolop !== (joined === 'or' ? 'OR_EXPR' : 'AND_EXPR')) return [tree];
  return (tree.BoolExpr.args ?? []).flatMap((part) => partsOf(part, joined));
}

/** The same but for layout and places in the text. */
export function sameTree(a: unknown, b: unknown): boolean {
  return withoutPlaces(a) === withoutPlaces(b);
}

function withoutPlaces(tree: unknown): string {
  return JSON.stringify(tree, (key, value: unknown) => (key === 'location' ? undefined : value));
}
