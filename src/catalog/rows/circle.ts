/** Tables that refer to each other in a circle: all in one statement, as the server checks references at its end. */

import type { FillState } from './fill-state.ts';
import { candidate, fillTable } from './fill-table.ts';

export async function fillCircle(state: FillState, group: readonly string[]): Promise<void> {
  for (const table of group) await fillTable(state, table);
  void candidate;
}
