/** What conditions say of one column's value, gathered before a value is made. */

export interface Bound {
  readonly text: string;
  readonly inclusive: boolean;
}

export interface Pattern {
  readonly source: string;
  readonly ignoreCase: boolean;
  readonly negated: boolean;
}

/** Filled by `gather`; everything that is not said stays open. */
export interface Facts {
  /** No value satisfies what was said. */
  impossible: boolean;
  nullness: 'null' | 'not null' | null;
  lower: Bound[];
  upper: Bound[];
  oneOf: readonly string[] | null;
  not: string[];
  minimumLength: number;
  maximumLength: number;
  minimumBytes: number;
  maximumBytes: number;
  patterns: Pattern[];
  letters: 'lower' | 'upper' | null;
  /** No white space at the ends. */
  trimmed: boolean;
  /** Unit of date_trunc that it lies on. */
  truncated: string | null;
  multipleOf: { readonly divisor: string; readonly remainder: string } | null;
  wholeNumber: boolean;
  /** `object`, `array`, `string`, `number`, `boolean`. */
  jsonType: string | null;
  /** Of what JSON holds under a name. */
  keys: Map<string, Facts>;
  /** Of each element. */
  items: Facts | null;
}

export function noFacts(): Facts {
  return {
    impossible: false,
    nullness: null,
    lower: [],
    upper: [],
    oneOf: null,
    not: [],
    minimumLength: 0,
    maximumLength: Number.POSITIVE_INFINITY,
    minimumBytes: 0,
    maximumBytes: Number.POSITIVE_INFINITY,
    patterns: [],
    letters: null,
    trimmed: false,
    truncated: null,
    multipleOf: null,
    wholeNumber: false,
    jsonType: null,
    keys: new Map(),
    items: null,
  };
}

export function copyOf(facts: Facts): Facts {
  return {
    ...facts,
    lower: [...facts.lower],
    upper: [...facts.upper],
    not: [...facts.not],
    patterns: [...facts.patterns],
    keys: new Map([...facts.keys].map(([name, of]) => [name, copyOf(of)])),
    items: facts.items === null ? null : copyOf(facts.items),
  };
}

export function sayNull(facts: Facts, nullness: 'null' | 'not null'): void {
  if (facts.nullness !== null && facts.nullness !== nullness) facts.impossible = true;
  facts.nullness = nullness;
}

export function sayOneOf(facts: Facts, texts: readonly string[]): void {
  facts.oneOf = facts.oneOf === null ? [...new Set(texts)] : facts.oneOf.filter((text) => texts.includes(text));
  if (facts.oneOf.length === 0) facts.impossible = true;
}
