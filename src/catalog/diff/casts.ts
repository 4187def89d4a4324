/** Which types a column may change to without a USING, and which without losing anything. */
import { quoteIdentifier } from '../../postgres/quote.ts';

const families: readonly (readonly string[])[] = [
  ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'],
  ['date', 'timestamp without time zone', 'timestamp with time zone'],
  ['time without time zone', 'time with time zone'],
  ['json', 'jsonb'],
];
const strings = ['text', 'character varying', 'character', 'name', 'bpchar'];

/** `numeric(10,2)` is `numeric` and `10,2`; `timestamp(3) without time zone` keeps its tail. */
function parts(type: string): { readonly base: string; readonly size: readonly number[] | null } {
  const [, head = type, size, tail = ''] = /^([^([]*)\(([^)]*)\)(.*)$/.exec(type) ?? [];
  if (size === undefined) return { base: type, size: null };
  return { base: `${head.trim()}${tail}`, size: size.split(',').map(Number) };
}

/** ` using …` where there is no assignment cast: that refuses what does not fit, an explicit one cuts it. */
export function changesType(before: string, after: string, column: string): string {
  const [from, to] = [parts(before).base, parts(after).base];
  const family = families.find((types) => types.includes(from));
  if (from === to || strings.includes(to) || family?.includes(to)) return '';
  // Between types of a person's making (an enum and its successor) the text is what they share.
  const between = !strings.includes(from) && (from.includes('.') || to.includes('.'));
  const array = after.endsWith('[]') ? '[]' : '';
  return ` using ${quoteIdentifier(column)}${between ? `::text${array}` : ''}::${after}`;
}

const wider: Readonly<Record<string, readonly string[]>> = {
  smallint: ['integer', 'bigint', 'numeric', 'real', 'double precision'],
  integer: ['bigint', 'numeric', 'double precision'],
  bigint: ['numeric'],
  real: ['double precision'],
  date: ['timestamp without time zone', 'timestamp with time zone'],
  // Blanks at the end of a character(n) mean nothing.
  character: ['text', 'character varying'],
  'character varying': ['text'],
  name: ['text', 'character varying'],
};

/** Every value of the one has its place in the other. */
export function isWider(before: string, after: string): boolean {
  const [from, to] = [parts(before), parts(after)];
  if (to.base === 'text') return true;
  if (from.base === to.base) return fits(from.size, to.size);
  return to.size === null && (wider[from.base]?.includes(to.base) ?? false);
}

function fits(from: readonly number[] | null, to: readonly number[] | null): boolean {
  if (to === null) return true;
  if (from === null) return false;
  const [fromLength = 0, fromScale = 0] = from;
  const [toLength = 0, toScale = 0] = to;
  return toScale >= fromScale && toLength - toScale >= fromLength - fromScale;
}
