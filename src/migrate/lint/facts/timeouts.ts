/** Whether a migration keeps the limits that the run was given. */

import type { RecordedRun, RecordedStatement } from '../recording.ts';
import type { Node, NodeOf } from '../tree/node.ts';
import { findAll, nameParts, nodeOf, treesOf } from '../tree/node.ts';

/** The statement behind which the setting is off: SET … = 0, RESET, SET … TO DEFAULT, set_config. */
export function switchedOff(run: RecordedRun, setting: string): RecordedStatement | null {
  let off: RecordedStatement | null = null;
  for (const statement of run.statements) {
    for (const tree of treesOf(statement)) {
      const value = valueSet(tree, setting);
      if (value !== undefined) off = value === null || /^0+\s*[a-z]*$/.test(value) ? statement : null;
    }
  }
  return off;
}

/** Null: back to what it is without a run. Undefined: not set here. What only the server can tell is some limit. */
function valueSet(tree: Node, setting: string): string | null | undefined {
  const set = nodeOf(tree, 'VariableSetStmt');
  if (set?.kind === 'VAR_RESET_ALL') return null;
  if (set?.name?.toLowerCase() === setting) {
    const value = nodeOf(set.args?.[0], 'A_Const');
    if (set.kind !== 'VAR_SET_VALUE' || value === null) return null;
    return textOf(value);
  }
  return findAll(tree, 'FuncCall')
    .filter(({ funcname }) => nameParts(funcname).at(-1) === 'set_config')
    .flatMap(({ args = [] }) => {
      const name = findAll(args[0], 'A_Const')[0]?.sval?.sval?.toLowerCase();
      if (name !== setting) return [];
      const value = findAll(args[1], 'A_Const')[0];
      return value === undefined ? 'not known' : textOf(value);
    })
    .at(-1);
}

function textOf({ isnull, sval, ival }: NodeOf<'A_Const'>): string | null {
  return isnull === true ? null : (sval?.sval ?? String(ival?.ival ?? 0));
}

export function blocksOthers({ locks }: RecordedStatement): boolean {
  return locks.some(({ blocks }) => blocks === 'writes' || blocks === 'reads and writes');
}
