/** Whether a migration keeps the limits that the run was given. */

import type { RecordedRun, RecordedStatement } from '../recording.ts';
import type { Node } from '../tree/node.ts';
import { nodeOf, treesOf } from '../tree/node.ts';

/** The statement behind which the setting is off: SET … = 0, RESET, SET … TO DEFAULT. */
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

/** Null: back to what it is without a run. Undefined: not set here. */
function valueSet(tree: Node, setting: string): string | null | undefined {
  const set = nodeOf(tree, 'VariableSetStmt');
  if (set?.kind === 'VAR_RESET_ALL') return null;
  if (set?.name === setting) {
    const value = nodeOf(set.args?.[0], 'A_Const');
    if (set.kind !== 'VAR_SET_VALUE' || value === null) return null;
    return value.sval?.sval ?? String(value.ival?.ival ?? 0);
  }
  return undefined;
}

export function blocksOthers({ locks }: RecordedStatement): boolean {
  return locks.some(({ blocks }) => blocks === 'writes' || blocks === 'reads and writes');
}
