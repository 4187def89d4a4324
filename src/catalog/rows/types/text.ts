/** Texts: plain words, and at times what breaks programs that were never shown it. */

import type { Facts, Pattern } from '../constraints/facts.ts';
import { matching, parseRegularExpression, toJavaScript } from '../constraints/regular-expression.ts';
import type { Draw } from '../draw.ts';
import type { Cell } from './make-value.ts';

const words = [
  'amber',
  'birch',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'heron',
  'islet',
  'jetty',
  'knoll',
  'larch',
];
const strange = [
  '',
  `O'Brien said "no" \\ 100%`,
  'Zoë, 名前 and 🦊',
  ' both ends ',
  'line one\nline two\ttab',
  'NULL',
  '{"a": [1, 2]}',
  '<b>&amp;</b>; -- drop',
];

export interface TextShape {
  readonly most: number;
  readonly padded: boolean;
  readonly ascii: boolean;
}

/** Null: no text was found that does as it is told. */
export function makeText(shape: TextShape, facts: Facts, draw: Draw, cell: Cell): string | null {
  const most = Math.min(shape.most, facts.maximumLength, facts.maximumBytes);
  const least = Math.max(facts.minimumLength, facts.minimumBytes === 0 ? 0 : facts.minimumBytes);
  if (least > most) return null;
  const fits = (text: string): boolean => fitsFacts(text, least, most, shape, facts);
  for (let turn = 0; turn < 24; turn += 1) {
    const text = oneText(draw, cell, facts, { least, most, ascii: shape.ascii }, turn);
    if (text !== null && fits(text)) return text;
  }
  return null;
}

interface Room {
  readonly least: number;
  readonly most: number;
  readonly ascii: boolean;
}

function oneText(draw: Draw, cell: Cell, facts: Facts, room: Room, turn: number): string | null {
  const wanted = facts.patterns.filter((pattern) => !pattern.negated);
  const [first] = wanted;
  if (first !== undefined) return cased(fromPattern(wanted[turn % wanted.length] ?? first, draw, room, turn), facts);
  if (!cell.plain && turn === 0 && draw.below(3) > 0) return cased(strange[draw.below(strange.length)] ?? '', facts);
  if (!cell.plain && turn === 0 && room.most < 2000 && room.most > 40) return fill(draw, room.most);
  const word = words[draw.below(words.length)] ?? 'word';
  const mark = draw.next().toString(36).padStart(7, '0').slice(-7);
  let text = `${word} ${mark}`;
  if (room.most < text.length) text = mark.slice(-Math.min(7, room.most));
  while (text.length < room.least) text += ` ${draw.next().toString(36)}`;
  if (text.length > room.most) text = text.slice(0, room.most);
  const [low, high] = [facts.lower[0]?.text, facts.upper[0]?.text];
  if (low !== undefined && low !== '' && !(text > low))
    text = `${low}${text}`.slice(0, Math.max(room.least, Math.min(room.most, 60)));
  if (high !== undefined && !(text < high)) text = low === undefined ? `${text}`.toUpperCase() : `${low}0`;
  return cased(text.replace(/ $/u, 'x'), facts);
}

function fill(draw: Draw, length: number): string {
  let text = '';
  while (text.length < length) text += draw.next().toString(36);
  return text.slice(0, length);
}

function cased(text: string | null, facts: Facts): string | null {
  const trimmed = facts.trimmed && text !== null ? text.trim() : text;
  if (facts.letters === 'lower') return trimmed?.toLowerCase() ?? null;
  return facts.letters === 'upper' ? (trimmed?.toUpperCase() ?? null) : trimmed;
}

const parsed = new Map<string, ReturnType<typeof parseRegularExpression>>();

function fromPattern(pattern: Pattern, draw: Draw, room: Room, turn: number): string | null {
  let node = parsed.get(pattern.source);
  if (node === undefined) {
    node = parseRegularExpression(pattern.source);
    parsed.set(pattern.source, node);
  }
  if (node === null) return null;
  // The longer it may be, the less likely two are the same; too long, and less is tried.
  const reach = [8, 5, 3, 12, 2, 1, 20, 0][turn % 8] ?? 4;
  let text = matching(node, draw, Math.min(reach, room.most));
  if (text.length < room.least) text = matching(node, draw, room.least);
  return text;
}

function fitsFacts(text: string, least: number, most: number, shape: TextShape, facts: Facts): boolean {
  const length = [...text].length;
  const bytes = Buffer.byteLength(text);
  if (length > most || bytes > facts.maximumBytes || bytes < facts.minimumBytes || length < facts.minimumLength)
    return false;
  if (length < least && bytes < least) return false;
  if (shape.ascii && !/^[\x20-\x7e]*$/u.test(text)) return false;
  if (shape.padded && text.endsWith(' ')) return false;
  if (facts.trimmed && text !== text.trim()) return false;
  if (facts.trimmed && facts.minimumLength > 0 && text.trim() === '') return false;
  if (facts.not.includes(text)) return false;
  for (const { text: low } of facts.lower) if (low !== '' && text < low) return false;
  for (const { text: high } of facts.upper) if (text > high) return false;
  return facts.patterns.every((pattern) => {
    const expression = toJavaScript(pattern.source, pattern.ignoreCase);
    return expression === null || expression.test(text) !== pattern.negated;
  });
}
