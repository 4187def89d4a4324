/** Which tables are filled before which: groups that refer to each other in a circle come together. */

/** Groups in an order in which every reference goes to an earlier group or to the own one (Tarjan, without recursion of calls). */
export function inOrder(
  tables: readonly string[],
  referred: (table: string) => readonly string[],
): readonly string[][] {
  const among = new Set(tables);
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const waiting = new Set<string>();
  const groups: string[][] = [];
  const lower = (table: string, to: number): void => {
    low.set(table, Math.min(low.get(table) ?? to, to));
  };
  for (const root of tables) {
    if (index.has(root)) continue;
    const path: { readonly table: string; readonly next: string[] }[] = [];
    const enter = (table: string): void => {
      index.set(table, index.size);
      lower(table, index.size - 1);
      stack.push(table);
      waiting.add(table);
      path.push({ table, next: referred(table).filter((one) => among.has(one) && one !== table) });
    };
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.next.shift();
      if (next !== undefined) {
        if (!index.has(next)) enter(next);
        else if (waiting.has(next)) lower(top.table, index.get(next) ?? 0);
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) lower(above.table, low.get(top.table) ?? 0);
      if (low.get(top.table) !== index.get(top.table)) continue;
      const group = stack.splice(stack.indexOf(top.table));
      for (const table of group) waiting.delete(table);
      groups.push(group.sort());
    }
  }
  return groups;
}
