/**
 * The form in which two objects are held against each other, field by field: what is the same to everybody who uses them
 * has one form. The fingerprint hashes it and the diff compares it, so that the two agree.
 */

import { optionsOfIndex, withoutFlags, withoutNameAndOptions } from './compared-form/definition.ts';
import { flattened } from './compared-form/flattened.ts';
import type { Catalog, Constraint, Routine } from './model.ts';

/** The lists of a catalog; the database itself is a list of one. */
export type Lists = {
  readonly [List in Exclude<keyof Catalog, 'model' | 'major'>]: Catalog[List] extends readonly (infer T)[]
    ? T
    : Catalog[List];
};

/** Of a union all the fields that any member has. */
export type FieldOf<T> = T extends unknown ? keyof T & string : never;

type Forms<T> = { readonly [Field in FieldOf<T>]?: (object: T) => unknown };

const expression = (text: string | null) => (text === null ? null : flattened(text));

/** Fields that are not listed have the form that they have in the model. */
const forms: { readonly [List in keyof Lists]?: Forms<Lists[List]> } = {
  roles: {
    // No statement takes the word back, and it says what nothing says.
    validUntil: ({ validUntil }) => (validUntil === 'infinity' ? null : validUntil),
  },
  relations: { definition: ({ definition }) => expression(definition) },
  columns: {
    // Told apart, see CatalogDiff.columnOrder.
    position: () => null,
    default: (column) => expression(column.default),
  },
  constraints: {
    // Flags have fields of their own.
    definition: ({ definition }) => flattened(withoutFlags(definition)),
    // Of one with an index it tells how a partition came to be, and holds for nothing.
    noInherit: (one) => !hasIndex(one) && one.noInherit,
  },
  indexes: {
    definition: (index) => [flattened(withoutNameAndOptions(index)), ...[...optionsOfIndex(index)].sort()],
    predicate: ({ predicate }) => expression(predicate),
  },
  routines: {
    arguments: (routine) => flattened(routine.arguments),
    body: (routine) => (isParsed(routine) ? flattened(routine.body) : routine.body),
    definition: (routine) => (isParsed(routine) ? expression(routine.definition) : routine.definition),
  },
  triggers: { definition: ({ definition }) => flattened(definition) },
  rules: { definition: ({ definition }) => flattened(definition) },
  policies: { using: ({ using }) => expression(using), withCheck: ({ withCheck }) => expression(withCheck) },
  publications: { tables: ({ tables }) => tables.map((table) => ({ ...table, where: expression(table.where) })) },
  statistics: { definition: ({ definition }) => flattened(definition) },
};

/** Of one field. */
export function formOf(list: keyof Lists, object: unknown, field: string): unknown {
  const form = (forms[list] as Readonly<Record<string, (object: unknown) => unknown>> | undefined)?.[field];
  return form === undefined ? (object as Readonly<Record<string, unknown>>)[field] : form(object);
}

/** Whether the field says the same of both. */
export function isSameField<List extends keyof Lists>(
  list: List,
  field: FieldOf<Lists[List]>,
  before: Lists[List] | null,
  after: Lists[List] | null,
): boolean {
  if (before === null || after === null) return before === after;
  return isSame(formOf(list, before, field), formOf(list, after, field));
}

export function isSame(before: unknown, after: unknown): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

/** Objects of one list, with all their fields. */
export function formsOf(list: keyof Lists, objects: readonly object[]): readonly object[] {
  const own = Object.entries(forms[list] ?? {}) as [string, (object: unknown) => unknown][];
  if (own.length === 0) return objects;
  return objects.map((object) => {
    const copy: Record<string, unknown> = { ...object };
    for (const [field, form] of own) copy[field] = form(object);
    return copy;
  });
}

export const hasIndex = ({ kind }: Constraint): boolean => ['primary key', 'unique', 'exclusion'].includes(kind);

/** The deparsed body of standard SQL is the server's text and holds names; another is what somebody wrote. */
export function isParsed({ language, body }: Routine): boolean {
  return language === 'sql' && /^\s*(?:BEGIN ATOMIC|RETURN)\b/.test(body);
}
