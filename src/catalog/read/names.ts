/** What the rows of one read call each other: OIDs become the names and ids of the model. */

/** Objects below this OID came with the server. */
export const firstOid = 16_384;

/** pg_catalog's own tables have the same OIDs in every major. */
export const classes = {
  'access method': 2601,
  cast: 2605,
  relation: 1259,
  collation: 3456,
  constraint: 2606,
  conversion: 2607,
  'event trigger': 3466,
  extension: 3079,
  'foreign-data wrapper': 2328,
  language: 2612,
  'operator class': 2616,
  'operator family': 2753,
  operator: 2617,
  policy: 3256,
  publication: 6104,
  role: 1260,
  routine: 1255,
  rule: 2618,
  schema: 2615,
  server: 1417,
  statistics: 3381,
  'text search configuration': 3602,
  'text search dictionary': 3600,
  'text search parser': 3601,
  'text search template': 3764,
  transform: 3576,
  trigger: 2620,
  type: 1247,
  database: 1262,
  subscription: 6100,
} as const;

export type ObjectClass = keyof typeof classes;

/** A relation that others name: listed or not. */
export interface NamedRelation {
  readonly id: string;
  readonly schema: number;
  readonly name: string;
}

/** Filled by the subjects that are read first, asked by all. */
export class Names {
  readonly #quoted = new Map<string, string>();
  readonly #keywords: ReadonlySet<string>;
  readonly roles = new Map<number, string>();
  readonly schemas = new Map<number, string>();
  /** Schemas whose objects are not listed. */
  readonly hidden = new Set<number>();
  readonly relations = new Map<number, NamedRelation>();
  readonly indexes = new Map<number, string>();
  readonly attributes = new Map<number, Map<number, string>>();
  readonly #types = new Map<string, string>();
  readonly #comments = new Map<string, string>();
  readonly #extensions = new Map<string, string>();

  constructor(keywords: ReadonlySet<string>) {
    this.#keywords = keywords;
  }

  /** As quote_ident() does. */
  quote(name: string): string {
    const known = this.#quoted.get(name);
    if (known !== undefined) return known;
    const plain = /^[a-z_][a-z0-9_]*$/.test(name) && !this.#keywords.has(name);
    const quoted = plain ? name : `"${name.replaceAll('"', '""')}"`;
    this.#quoted.set(name, quoted);
    return quoted;
  }

  role(oid: number): string {
    return oid === 0 ? 'public' : (this.roles.get(oid) ?? '');
  }

  schema(oid: number): string {
    return this.schemas.get(oid) ?? '';
  }

  /** `public.orders`, of whatever kind lives in schemas. */
  id(schema: number, name: string): string {
    return `${this.quote(this.schema(schema))}.${this.quote(name)}`;
  }

  /** Null: not there, or not shown. */
  shown(relation: number): NamedRelation | null {
    const named = this.relations.get(relation);
    return named === undefined || this.hidden.has(named.schema) ? null : named;
  }

  /** By number; those that are not columns (0: an expression; below: of the system) are null. */
  columns(relation: number, numbers: readonly number[]): readonly (string | null)[] {
    const names = this.attributes.get(relation);
    return numbers.map((number) => names?.get(number) ?? null);
  }

  addType(oid: number, modifier: number | null, name: string): void {
    this.#types.set(`${oid}/${modifier}`, name);
  }

  /** As format_type() says it. `modifier` is null where none can be given: in a function's arguments. */
  type(oid: number, modifier: number | null = null): string {
    return this.#types.get(`${oid}/${modifier}`) ?? '';
  }

  addComment(table: number, object: number, part: number, text: string): void {
    this.#comments.set(`${table}/${object}/${part}`, text);
  }

  comment(of: ObjectClass, object: number, part = 0): string | null {
    return this.#comments.get(`${classes[of]}/${object}/${part}`) ?? null;
  }

  addMember(table: number, object: number, extension: string): void {
    this.#extensions.set(`${table}/${object}`, extension);
  }

  /** The extension that the object belongs to. */
  extension(of: ObjectClass, object: number): string | null {
    return this.#extensions.get(`${classes[of]}/${object}`) ?? null;
  }
}

/** Numbers of `{1,2}` and `1 2`: arrays and vectors as text. */
export function numbers(text: string | null): readonly number[] {
  return text?.match(/-?\d+/g)?.map(Number) ?? [];
}

/** By code points, as `collate "C"` sorts. */
export function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  if (!hasPairs(a) && !hasPairs(b)) return a < b ? -1 : 1;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left !== right) return unitRank(left) - unitRank(right);
  }
  return a.length - b.length;
}

/** Beyond the first plane a character is two units, which JavaScript compares one by one. */
const hasPairs = (text: string): boolean => /[\ud800-\udfff]/.test(text);

/** Halves of a pair stand above all single units: code points beyond the first plane come last. */
function unitRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10_000 : unit;
}

/** A copy in the order of `key`. */
export function sortedBy<Item>(items: readonly Item[], key: (item: Item) => string): readonly Item[] {
  const keyed = items.map((item) => ({ item, key: key(item) }));
  // Thousands of names, nearly always without pairs: then the units' own order is that of code points.
  const plain = !keyed.some((one) => hasPairs(one.key));
  keyed.sort(plain ? (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) : (a, b) => byCodePoint(a.key, b.key));
  return keyed.map(({ item }) => item);
}
