/** Arrays, composites and ranges, written as the server reads them. */
import type { Facts } from '../constraints/facts.ts';
import { noFacts } from '../constraints/facts.ts';
import type { Draw } from '../draw.ts';
import type { Cell } from './make-value.ts';
import { spanOf } from './ordered.ts';
import type { ValueType } from './value-type.ts';

/** Makes what is inside. */
export type Make = (type: ValueType, facts: Facts, draw: Draw, cell: Cell) => string | null;

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

export function makeArray(item: ValueType, facts: Facts, draw: Draw, cell: Cell, make: Make): string | null {
  const least = facts.minimumLength;
  const wanted = cell.plain ? 2 : draw.below(4);
  const length = Math.min(facts.maximumLength, Math.max(least, wanted));
  const items: string[] = [];
  for (let at = 0; at < length; at += 1) {
    const inner = { ...cell, row: cell.row + at };
    const text = make(item, facts.items ?? noFacts(), draw, inner);
    if (text === null && item.kind !== 'domain') return null;
    items.push(text === null ? 'NULL' : quoted(text));
  }
  if (!cell.plain && items.length > 1 && facts.items === null && mayBeNull(item)) items[items.length - 1] = 'NULL';
  return `{${items.join(',')}}`;
}

function mayBeNull(type: ValueType): boolean {
  return type.kind !== 'domain' || !type.notNull;
}

export function makeComposite(fields: readonly ValueType[], draw: Draw, cell: Cell, make: Make): string | null {
  const parts = fields.map((field) => make(field, noFacts(), draw, cell));
  if (!cell.plain && parts.length > 1 && fields.every(mayBeNull)) parts[draw.below(parts.length)] = null;
  return `(${parts.map((part) => (part === null ? '' : quoted(part))).join(',')})`;
}

export function makeRange(
  type: Extract<ValueType, { kind: 'range' }>,
  facts: Facts,
  draw: Draw,
  cell: Cell,
  make: Make,
): string | null {
  const one = makeOne(type.subtype, facts, draw, cell, make);
  if (one === null) return null;
  if (facts.patterns.length > 0) return null;
  const open = !cell.plain && facts.upper.length === 0 && draw.below(4) === 0;
  const [from, to] = one;
  const text = `[${quoted(from)},${open ? '' : quoted(to)})`;
  return type.multiple ? `{${text}}` : text;
}

function makeOne(
  subtype: ValueType,
  facts: Facts,
  draw: Draw,
  cell: Cell,
  make: Make,
): readonly [string, string] | null {
  let base = subtype;
  while (base.kind === 'domain') base = base.base;
  if (base.kind === 'ordered') {
    const span = spanOf(base.axis, facts);
    if (span === null || span.to <= span.from) return null;
    const { plainFrom, plainTo } = base.axis;
    const least = span.from > plainFrom || span.to < plainFrom ? span.from : plainFrom;
    const most = span.to < plainTo || plainTo < least ? span.to : plainTo;
    // At later attempts short ones, as conditions may be about their length.
    const width = cell.attempt < 3 ? (most - least) / 4n + 1n : 8n;
    const from = least + draw.bigBelow((most - least) / 2n + 1n);
    const to = from + 1n + draw.bigBelow(width);
    return [base.axis.format(from), base.axis.format(to > most ? most : to)];
  }
  const values = [
    make(subtype, noFacts(), draw, { ...cell, plain: true }),
    make(subtype, noFacts(), draw, { ...cell, plain: true }),
  ];
  const [one, other] = values;
  if (one === null || one === undefined || other === null || other === undefined) return null;
  return one < other ? [one, `${other}`] : [other, one];
}
