/** One value of a type, as text, within what the conditions say; null when none is found. */

import type { Facts } from '../constraints/facts.ts';
import { copyOf } from '../constraints/facts.ts';
import { gather } from '../constraints/gather.ts';
import type { Draw } from '../draw.ts';
import { orderOf } from '../expression/constants.ts';
import { simplify } from '../expression/simplify.ts';
import { makeJson } from './json.ts';
import { makeArray, makeComposite, makeRange } from './nested.ts';
import { makeOrdered } from './ordered.ts';
import { textsToTry } from './samples.ts';
import { makeText } from './text.ts';
import type { ValueType } from './value-type.ts';

export interface Cell {
  readonly row: number;
  readonly attempt: number;
  /** Nothing that could surprise. */
  readonly plain: boolean;
}

export function makeValue(type: ValueType, facts: Facts, draw: Draw, cell: Cell): string | null {
  if (facts.impossible) return null;
  // Later attempts depend on each other in nothing: what goes by turns in two columns never meets otherwise.
  const turn = cell.row + (cell.attempt < 3 ? cell.attempt : draw.below(1000));
  if (facts.oneOf !== null && type.kind !== 'domain') return makeChosen(facts.oneOf, type, facts, turn);
  switch (type.kind) {
    case 'ordered':
      return makeOrdered(type.axis, facts, draw, cell);
    case 'text':
      return makeText(type, facts, draw, cell);
    case 'boolean':
      return makeChosen(['true', 'false'], type, facts, turn + draw.below(2));
    case 'uuid':
      return makeUuid(draw);
    case 'json':
      return makeJson(facts, draw, cell);
    case 'bytea':
      return makeBytes(facts, draw, cell);
    case 'bits':
      return makeBits(type, draw, cell);
    case 'enum': {
      const order = type.labels.slice(cell.plain && cell.row === 0 ? 0 : draw.below(type.labels.length));
      return makeChosen([...order, ...type.labels.slice(0, type.labels.length - order.length)], type, facts, turn);
    }
    case 'array':
      return makeArray(type.item, facts, draw, cell, makeValue);
    case 'domain':
      return makeDomain(type, facts, draw, cell);
    case 'composite':
      return makeComposite(type.fields, draw, cell, makeValue);
    case 'range':
      return makeRange(type, facts, draw, cell, makeValue);
    case 'sample':
      return type.sampler(draw, turn);
    case 'unknown': {
      const texts = textsToTry(draw, cell.row);
      return texts[cell.attempt % texts.length] ?? null;
    }
    default:
      return type satisfies never;
  }
}

/** From the listed ones those that the rest allows, another for each row. */
function makeChosen(texts: readonly string[], type: ValueType, facts: Facts, turn: number): string | null {
  const allowed = texts.filter((text) => mayBe(text, type, facts));
  return allowed[turn % Math.max(1, allowed.length)] ?? null;
}

function mayBe(text: string, type: ValueType, facts: Facts): boolean {
  if (facts.not.includes(text)) return false;
  if (type.kind === 'enum') return type.labels.includes(text) && inOrder(text, type.labels, facts);
  if (type.kind === 'text' && text.length > Math.min(type.most, facts.maximumLength)) return false;
  const below = facts.lower.some((bound) => outside(orderOf(text, bound.text), -1, bound.inclusive));
  return !below && !facts.upper.some((bound) => outside(orderOf(text, bound.text), 1, bound.inclusive));
}

function outside(order: number | null, side: number, inclusive: boolean): boolean {
  return order === side || (order === 0 && !inclusive);
}

function inOrder(text: string, labels: readonly string[], facts: Facts): boolean {
  const order = (other: string): number | null =>
    labels.includes(other) ? Math.sign(labels.indexOf(text) - labels.indexOf(other)) : null;
  const below = facts.lower.some((bound) => outside(order(bound.text), -1, bound.inclusive));
  return !below && !facts.upper.some((bound) => outside(order(bound.text), 1, bound.inclusive));
}

function makeDomain(type: Extract<ValueType, { kind: 'domain' }>, facts: Facts, draw: Draw, cell: Cell): string | null {
  const all = copyOf(facts);
  for (const check of type.checks) {
    gather(simplify(check, new Map()), 'value', all, (n) => (cell.row + cell.attempt) % n);
  }
  return makeValue(type.base, all, draw, cell);
}

/** Version 4, so that readers that look at the version are content. */
function makeUuid(draw: Draw): string {
  const part = (): string => draw.next().toString(16).padStart(8, '0');
  const all = `${part()}${part()}${part()}${part()}`;
  const variant = '89ab'[draw.below(4)] ?? '8';
  return `${all.slice(0, 8)}-${all.slice(8, 12)}-4${all.slice(13, 16)}-${variant}${all.slice(17, 20)}-${all.slice(20)}`;
}

function makeBytes(facts: Facts, draw: Draw, cell: Cell): string | null {
  const least = Math.max(facts.minimumBytes, facts.minimumLength);
  const most = Math.min(facts.maximumBytes, facts.maximumLength);
  if (least > most) return null;
  if (!cell.plain && least === 0 && draw.below(4) === 0) return '\\x';
  const length = least > 0 ? least : Math.min(most, 8 + draw.below(8));
  let text = cell.plain ? '' : '00ff';
  while (text.length < length * 2) text += draw.next().toString(16).padStart(8, '0');
  return `\\x${text.slice(0, length * 2)}`;
}

function makeBits(type: Extract<ValueType, { kind: 'bits' }>, draw: Draw, cell: Cell): string {
  const length = type.varying && !cell.plain ? draw.below(type.length + 1) : type.length;
  return Array.from({ length }, () => String(draw.below(2))).join('');
}
