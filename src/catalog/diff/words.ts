/** How a changed attribute is told, by the shape of its value. */
import type { Compared } from './kind.ts';

type Mend<T> = Compared<T>['mend'];
type More<T> = Pick<Compared<T>, 'with' | 'disturbs'>;

/** A text or a number: `type integer became bigint`, `default 0 is missing`, `default 1 is new`. */
export function value<T>(
  label: string,
  read: (object: T) => string | number | null,
  mend: Mend<T>,
  more: More<T> = {},
) {
  return attribute<T>((before, after) => changed(label, textOf(read(before)), textOf(read(after))), mend, more);
}

/** A text of several lines is told by the first that differs. */
export function lines<T>(label: string, read: (object: T) => string | null, mend: Mend<T>, more: More<T> = {}) {
  return attribute<T>((before, after) => changedLines(label, read(before), read(after)), mend, more);
}

/** What holds or does not: `is now unlogged`, `is no longer unlogged`. */
export function flag<T>(on: string, off: string, read: (object: T) => boolean, mend: Mend<T>, more: More<T> = {}) {
  return attribute<T>((_, after) => (read(after) ? on : off), mend, more);
}

/** `option fillfactor=70 is missing, option fillfactor=90 is new`. */
export function list<T>(label: string, read: (object: T) => readonly string[], mend: Mend<T>, more: More<T> = {}) {
  return attribute<T>((before, after) => changedList(label, read(before), read(after)), mend, more);
}

function attribute<T>(told: Compared<T>['told'], mend: Mend<T>, more: More<T>): Compared<T> {
  return { told, mend, ...more };
}

function changed(label: string, before: string | null, after: string | null): string {
  if (before === null) return `${label} ${short(after ?? '')} is new`;
  if (after === null) return `${label} ${short(before)} is missing`;
  const [left, right] = around(before, after);
  return `${label} ${left} became ${right}`;
}

function changedLines(label: string, before: string | null, after: string | null): string {
  if (before === null || after === null) return changed(label, before, after);
  const [left, right] = [before.split('\n'), after.split('\n')];
  if (left.length === 1 && right.length === 1) return changed(label, before, after);
  let at = 0;
  while (at < left.length && at < right.length && left[at] === right[at]) at += 1;
  const where = `${label} differs at line ${at + 1}:`;
  const [from, to] = [left[at], right[at]];
  if (from === undefined) return `${where} ${short(to ?? '')} is new`;
  if (to === undefined) return `${where} ${short(from)} is missing`;
  const [shortFrom, shortTo] = around(from, to);
  return `${where} ${shortFrom} became ${shortTo}`;
}

function changedList(label: string, before: readonly string[], after: readonly string[]): string {
  const gone = before.filter((item) => !after.includes(item)).map((item) => `${label} ${short(item)} is missing`);
  const come = after.filter((item) => !before.includes(item)).map((item) => `${label} ${short(item)} is new`);
  if (gone.length + come.length > 0) return [...gone, ...come].join(', ');
  return `order of the ${label}s: ${short(before.join(', '))} became ${short(after.join(', '))}`;
}

const longest = 120;

/** One line, and not a long one. */
export function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join('')}…`;
}

/** Two texts that begin alike are cut where they part. */
function around(before: string, after: string): readonly [string, string] {
  const [left, right] = [[...before.replace(/\s+/g, ' ').trim()], [...after.replace(/\s+/g, ' ').trim()]];
  if (left.join('') === right.join('')) return [JSON.stringify(before), JSON.stringify(after)];
  if (Math.max(left.length, right.length) <= longest)
    return [left.join('') || 'an empty line', right.join('') || 'an empty line'];
  let at = 0;
  while (at < left.length && left[at] === right[at]) at += 1;
  const from = Math.max(0, at - 30);
  const cut = (characters: readonly string[]) =>
    short(`${from > 0 ? '…' : ''}${characters.slice(from).join('')}`) || '(nothing)';
  return [cut(left), cut(right)];
}

function textOf(read: string | number | null): string | null {
  if (read === null) return null;
  return read === '' ? "''" : String(read);
}

/** `3 columns`, `1 policy`; null for none. */
export function counted(count: number, one: string, many: string): string | null {
  if (count === 0) return null;
  return `${count} ${count === 1 ? one : many}`;
}
