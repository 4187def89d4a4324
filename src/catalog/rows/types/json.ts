/** JSON of the type and with the names that the conditions speak of. */
import type { Facts } from '../constraints/facts.ts';
import type { Draw } from '../draw.ts';
import { decimalAxis } from './axis.ts';
import type { Cell } from './make-value.ts';
import { makeOrdered } from './ordered.ts';
import { makeText } from './text.ts';

const numbers = decimalAxis(0, 9);
const shape = { most: Number.POSITIVE_INFINITY, padded: false, ascii: false };

export function makeJson(facts: Facts, draw: Draw, cell: Cell): string | null {
  const value = makeNode(facts, draw, cell, true);
  return value === undefined ? null : JSON.stringify(value);
}

function makeNode(facts: Facts, draw: Draw, cell: Cell, top: boolean): unknown {
  if (facts.impossible) return undefined;
  if (facts.oneOf !== null) return fromText(facts.oneOf[(cell.row + cell.attempt) % facts.oneOf.length] ?? '', facts);
  switch (facts.jsonType ?? guess(facts, top)) {
    case 'array':
      return makeItems(facts, draw, cell);
    case 'string':
      return makeText(shape, facts, draw, cell) ?? undefined;
    case 'number': {
      const text = makeOrdered(numbers, facts, draw, cell);
      return text === null ? undefined : Number(text);
    }
    case 'boolean':
      return draw.below(2) === 0;
    case 'null':
      return null;
    default:
      return makeObject(facts, draw, cell);
  }
}

function guess(facts: Facts, top: boolean): string {
  if (facts.keys.size > 0) return 'object';
  if (facts.minimumLength > 0 || facts.maximumLength < Number.POSITIVE_INFINITY) return top ? 'array' : 'string';
  if (facts.lower.length > 0 || facts.upper.length > 0) return 'number';
  return top ? 'object' : 'string';
}

function fromText(text: string, facts: Facts): unknown {
  if (facts.jsonType === 'string') return text.startsWith('"') ? JSON.parse(text) : text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function makeItems(facts: Facts, draw: Draw, cell: Cell): readonly unknown[] {
  const least = facts.minimumLength;
  const length = Math.min(facts.maximumLength, Math.max(least, cell.plain ? 2 : draw.below(4)));
  return Array.from({ length }, (_, index) =>
    cell.plain ? `item ${draw.below(1000)}` : [index, 'two', null, { a: 1 }][draw.below(4)],
  );
}

/** Names and values that most conditions on names and values let pass: lower case, small whole numbers. */
function makeObject(facts: Facts, draw: Draw, cell: Cell): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [name, of] of facts.keys) {
    if (of.nullness === 'null') continue;
    const value = makeNode(of, draw, { ...cell, plain: true }, false);
    if (value !== undefined) made[name] = value;
  }
  // Each attempt is a little poorer: nothing but what was asked for at the end.
  if (cell.attempt < 6) made[`n${draw.below(10_000)}`] = draw.below(1_000_000);
  if (!cell.plain && cell.attempt === 0) made.text = `it's "Zoë" \\ 名前 🦊`;
  return made;
}
