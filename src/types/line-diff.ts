/** The difference of two texts in lines, for a person: what goes, what comes, nothing else. */

/** More than this many comparisons and the middle is shown as replaced whole. */
const affordable = 4_000_000;

/** Lines that only one of the texts has, in order, `-` in front of the old ones and `+` in front of the new ones. */
export function diffLines(before: string, after: string): readonly string[] {
  const old = before.split('\n');
  const now = after.split('\n');
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  return diffMiddle(old.slice(start, old.length - end), now.slice(start, now.length - end));
}

/** By the longest common subsequence. */
function diffMiddle(old: readonly string[], now: readonly string[]): readonly string[] {
  if (old.length * now.length > affordable) return [...old.map((line) => `-${line}`), ...now.map((line) => `+${line}`)];
  // common[i][j]: how many lines old from i and now from j have in common.
  const common = Array.from({ length: old.length + 1 }, () => new Uint32Array(now.length + 1));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const row = common[i];
      if (row !== undefined) row[j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) [i, j] = [i + 1, j + 1];
    else if (j >= now.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) lines.push(`-${old[i++]}`);
    else lines.push(`+${now[j++]}`);
  }
  return lines;
}
