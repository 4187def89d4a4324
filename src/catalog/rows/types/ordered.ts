/** A place on an axis, within what was said of it. */
import type { Facts } from '../constraints/facts.ts';
import type { Draw } from '../draw.ts';
import { floorDivide, parseMoment } from '../expression/moment.ts';
import type { Axis } from './axis.ts';
import type { Cell } from './make-value.ts';

export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

/** Null: nothing lies between the bounds. */
export function spanOf(axis: Axis, facts: Facts): Span | null {
  let [from, to] = [axis.least, axis.most];
  for (const { text, inclusive } of facts.lower) {
    const unit = axis.parse(text);
    if (unit === null) continue;
    // The unit at or below: only where it is exactly the bound may it be taken itself.
    const lowest = inclusive && isExactly(axis, unit, text) ? unit : unit + 1n;
    if (lowest > from) from = lowest;
  }
  for (const { text, inclusive } of facts.upper) {
    const unit = axis.parse(text);
    if (unit === null) continue;
    const highest = inclusive || !isExactly(axis, unit, text) ? unit : unit - 1n;
    if (highest < to) to = highest;
  }
  return from > to ? null : { from, to };
}

function isExactly(axis: Axis, unit: bigint, text: string): boolean {
  const shown = axis.format(unit);
  if (Number(shown) === Number(text)) return true;
  const [one, other] = [parseMoment(shown), parseMoment(text)];
  return one === null || other === null ? Number.isNaN(Number(text)) && (one ?? other) === null : one === other;
}

export function makeOrdered(axis: Axis, facts: Facts, draw: Draw, cell: Cell): string | null {
  const span = spanOf(axis, facts);
  if (span === null) return null;
  for (let turn = 0; turn < 12; turn += 1) {
    const unit = adjusted(place(axis, span, draw, cell, turn), axis, facts, span);
    if (unit === null) continue;
    const text = axis.format(unit);
    if (!facts.not.some((not) => axis.parse(not) === unit)) return text;
  }
  return null;
}

function place(axis: Axis, span: Span, draw: Draw, cell: Cell, turn: number): bigint {
  // Only at first: what is computed of the largest number is an error more often than a value.
  if (!cell.plain && turn === 0 && cell.attempt === 0 && draw.below(2) === 0) {
    const said = facing(axis, span);
    const edges = said.length > 0 ? said : axis.edges.filter((edge) => edge >= span.from && edge <= span.to);
    const edge = edges[draw.below(edges.length)];
    if (edge !== undefined) return edge;
  }
  // Where what is plain is taken (a table of codes, a calendar), every fourth attempt looks further.
  const plainTo = isFar(cell) ? axis.plainTo + (axis.plainTo - axis.plainFrom) * further : axis.plainTo;
  let from = span.from > axis.plainFrom ? span.from : axis.plainFrom;
  let to = span.to < plainTo ? span.to : plainTo;
  if (from > to) {
    // Outside of what is plain: near the bound that leads back to it.
    const width = axis.plainTo - axis.plainFrom;
    [from, to] = span.from > axis.plainTo ? [span.from, span.from + width] : [span.to - width, span.to];
    if (from < span.from) from = span.from;
    if (to > span.to) to = span.to;
  }
  return from + draw.bigBelow(to - from + 1n);
}

const further = 50n;

function isFar({ attempt }: Cell): boolean {
  return attempt >= 8 && attempt % 4 === 3;
}

/** The bounds themselves where somebody drew them. */
function facing(axis: Axis, span: Span): readonly bigint[] {
  const bounds: bigint[] = [];
  if (span.from !== axis.least) bounds.push(span.from);
  if (span.to !== axis.most) bounds.push(span.to);
  return bounds;
}

function adjusted(unit: bigint, axis: Axis, facts: Facts, span: Span): bigint | null {
  let value = unit;
  const whole = facts.wholeNumber ? axis.parse('1') : null;
  if (whole !== null && whole > 1n) value = floorDivide(value, whole) * whole;
  const { multipleOf, truncated } = facts;
  if (multipleOf !== null) {
    const [divisor, remainder] = [axis.parse(multipleOf.divisor), axis.parse(multipleOf.remainder)];
    if (divisor !== null && divisor !== 0n && remainder !== null)
      value = floorDivide(value, divisor) * divisor + remainder;
    if (value < span.from && divisor !== null) value += divisor < 0n ? -divisor : divisor;
  }
  if (truncated !== null) value = truncate(value, axis, truncated, span) ?? value;
  if (value < span.from && whole !== null) value += whole;
  return value < span.from || value > span.to ? null : value;
}

/** To the beginning of its year, month, day, hour, minute or second; one later where that is too early. */
function truncate(value: bigint, axis: Axis, unit: string, span: Span): bigint | null {
  const kept: Readonly<Record<string, number>> = { year: 4, month: 7, day: 10, hour: 13, minute: 16, second: 19 };
  const length = kept[unit];
  if (length === undefined) return null;
  const begin = (text: string): bigint | null =>
    axis.parse(
      `${text.slice(0, length)}${'0000-01-01 00:00:00'.slice(length)}${/[+-]\d\d$/u.exec(text)?.[0] ?? ''}`.trim(),
    );
  const text = axis.format(value);
  const found = begin(text);
  if (found === null || found >= span.from) return found;
  const month = (axis.parse('2000-02-01') ?? 0n) - (axis.parse('2000-01-01') ?? 0n);
  return begin(axis.format(value + (unit === 'year' ? month * 12n : month)));
}
