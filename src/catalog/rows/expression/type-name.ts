/** A type's name as the server writes it behind `::`. */
import type { Reader } from './parse.ts';

/** Words that go on after the first: `character varying(20)[]`, `timestamp(3) with time zone`, `interval day to second`. */
const more = new Set(['varying', 'precision', 'with', 'without', 'time', 'zone', 'day', 'to', 'second', 'hour']);
const longer = new Set(['character', 'bit', 'double', 'timestamp', 'time', 'interval', 'with', 'without']);

export function readTypeName(reader: Reader): string {
  let name = partOf(reader);
  let last = name;
  for (;;) {
    const next = reader.peek();
    if (next === undefined) return name;
    if (reader.accept('.')) {
      last = partOf(reader);
      name += `.${last}`;
    } else if (reader.is('(')) name += readArguments(reader);
    else if (reader.accept('[', ']')) name += '[]';
    else if (next.kind === 'word' && more.has(next.text) && (longer.has(last) || more.has(last))) {
      last = reader.take().text;
      name += ` ${last}`;
    } else return name;
  }
}

function partOf(reader: Reader): string {
  const token = reader.take();
  return token.kind === 'name' ? `"${token.text.replaceAll('"', '""')}"` : token.text;
}

function readArguments(reader: Reader): string {
  let text = '';
  for (;;) {
    const token = reader.take().text;
    text += token;
    if (token === ')') return text;
  }
}
