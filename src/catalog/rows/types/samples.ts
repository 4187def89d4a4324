/** Types without an order that conditions speak of: addresses, shapes, documents. Row after row another value. */
import type { Draw } from '../draw.ts';

export type Sampler = (draw: Draw, row: number) => string;

const hex = (draw: Draw, digits: number): string => {
  let text = '';
  while (text.length < digits) text += draw.next().toString(16).padStart(8, '0');
  return text.slice(0, digits);
};
const point = (draw: Draw): string => `(${draw.below(200) - 100}.5,${draw.below(200) - 100}.25)`;
const pairs = (text: string): string => text.replaceAll(/..(?=.)/gu, '$&:');
const v4 = (draw: Draw): string => `192.0.2.${1 + draw.below(254)}`;
const v6 = (draw: Draw): string => `2001:db8::${hex(draw, 4)}:${hex(draw, 4)}`.replaceAll(/:0+(?=[0-9a-f])/gu, ':');

const samplers: Readonly<Record<string, Sampler>> = {
  // One with its network: what cuts it off loses something.
  inet: (draw, row) => (row % 3 === 1 ? `${v6(draw)}/64` : v4(draw)),
  cidr: (draw, row) =>
    row % 3 === 1 ? `2001:db8:${draw.below(9999)}::/48` : `10.${draw.below(256)}.${draw.below(256)}.0/24`,
  macaddr: (draw) => pairs(`02${hex(draw, 10)}`),
  macaddr8: (draw) => pairs(`02${hex(draw, 14)}`),
  xml: (draw, row) => `<row n="${row}"><word>${hex(draw, 8)}</word></row>`,
  tsvector: (draw) => `'${hex(draw, 6)}':1A 'row':2`,
  tsquery: (draw) => `'${hex(draw, 6)}' & !'row'`,
  point,
  line: (draw) => `{${1 + draw.below(9)},${1 + draw.below(9)},${draw.below(99)}}`,
  lseg: (draw) => `[${point(draw)},(101,102)]`,
  box: (draw) => `(${200 + draw.below(99)},${200 + draw.below(99)}),${point(draw)}`,
  path: (draw) => `[${point(draw)},(0,0),(101,102)]`,
  polygon: (draw) => `(${point(draw)},(0,150),(150,150))`,
  circle: (draw) => `<${point(draw)},${1 + draw.below(50)}>`,
  pg_lsn: (draw) => `${draw.below(255).toString(16).toUpperCase()}/${hex(draw, 7).replace(/^0+/u, '1').toUpperCase()}`,
  txid_snapshot: (draw) => `${10 + draw.below(900)}:1000:`,
  pg_snapshot: (draw) => `${10 + draw.below(900)}:1000:`,
  tid: (draw) => `(${draw.below(9000)},${1 + draw.below(200)})`,
  jsonpath: (draw) => `$."k${hex(draw, 6)}"`,
  regclass: (_, row) => `pg_catalog.${['pg_class', 'pg_type', 'pg_proc', 'pg_index', 'pg_attribute'][row % 5]}`,
  regtype: (_, row) => ['integer', 'text', 'uuid', 'bytea', 'date'][row % 5] ?? 'text',
  regproc: (_, row) => ['now', 'pi', 'version', 'clock_timestamp', 'timeofday'][row % 5] ?? 'now',
  regprocedure: (_, row) => ['now()', 'pi()', 'version()', 'clock_timestamp()', 'timeofday()'][row % 5] ?? 'now()',
  regnamespace: (_, row) => ['pg_catalog', 'information_schema'][row % 2] ?? 'pg_catalog',
  regrole: (_, row) => ['pg_monitor', 'pg_read_all_data', 'pg_write_all_data'][row % 3] ?? 'pg_monitor',
  regconfig: (_, row) => ['simple', 'english', 'german'][row % 3] ?? 'simple',
  regdictionary: () => 'simple',
  regcollation: (_, row) => ['"C"', '"POSIX"', '"default"'][row % 3] ?? '"C"',
  regoper: () => 'pg_catalog.||/',
  regoperator: (_, row) => ['+(integer,integer)', '-(integer,integer)'][row % 2] ?? '+(integer,integer)',
  // Of extensions, by the names that they give them.
  hstore: (draw, row) => `"word"=>"${hex(draw, 6)}", "row"=>"${row}"`,
  ltree: (draw) => `top.${hex(draw, 6)}`,
  lquery: (draw) => `top.${hex(draw, 6)}.*`,
  ltxtquery: (draw) => `top & w${hex(draw, 6)}`,
  cube: (draw) => `(${draw.below(99)}, ${draw.below(99)})`,
  seg: (draw) => `${draw.below(99)} .. ${100 + draw.below(99)}`,
  isbn: (_, row) => ['0-306-40615-2', '0-393-04002-X', '0-201-53377-4'][row % 3] ?? '0-306-40615-2',
  isbn13: (_, row) => ['978-0-306-40615-7', '978-0-393-04002-9'][row % 2] ?? '978-0-306-40615-7',
  issn: (_, row) => ['0378-5955', '1144-875X'][row % 2] ?? '0378-5955',
  geometry: (draw) => `POINT(${draw.below(180)} ${draw.below(90)})`,
  geography: (draw) => `POINT(${draw.below(180)} ${draw.below(90)})`,
  box2d: (draw) => `BOX(${draw.below(90)} ${draw.below(90)},100 100)`,
};

/** By the last name of the type, and what stands in brackets behind it. */
export function samplerOf(name: string, argument: string | null): Sampler | null {
  const dimensions = Number(argument);
  if (name === 'vector' || name === 'halfvec') {
    return (draw) => `[${Array.from({ length: dimensions || 3 }, () => `0.${1 + draw.below(8)}`).join(',')}]`;
  }
  if (name === 'sparsevec') return (draw) => `{1:0.${1 + draw.below(8)}}/${dimensions || 3}`;
  return samplers[name] ?? null;
}

/** For a type that nobody knows: one of these may be one of its values. */
export function textsToTry(draw: Draw, row: number): readonly string[] {
  const word = `w${hex(draw, 6)}`;
  const number = String(1 + draw.below(1000) + row);
  return [
    word,
    number,
    `${number}.5`,
    `{${number}}`,
    `(${number},${number})`,
    `[${number}]`,
    hex(draw, 32),
    '2024-01-02',
    '{}',
    '',
  ];
}
