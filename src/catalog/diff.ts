/** Compares two catalogs: every attribute of every object, in a person's words and in SQL. */

import { isSameField } from './compared-form.ts';
import type { ChangedAttribute, Found } from './diff/compare.ts';
import { compare } from './diff/compare.ts';
import type { Sides } from './diff/kind.ts';
import { Lookup } from './diff/lookup.ts';
import { statementsFor } from './diff/operations.ts';
import { contents } from './diff/relations.ts';
import { shown } from './diff/sql.ts';
import { short } from './diff/words.ts';
import type { CatalogDiff, Difference } from './difference.ts';
import type { Catalog, Relation } from './model.ts';
import { byCodePoint } from './read/names.ts';

/**
 * What `after` has, lacks, or has differently. What goes with another difference (a column of a table that is missing,
 * the index of a constraint, what partitions have from their parent) is told there alone.
 *
 * @throws RangeError when the two are of different majors of the server or of different models.
 */
export function diffCatalogs(before: Catalog, after: Catalog): CatalogDiff {
  const sides = sidesOf(before, after);
  const differences = compare(sides).flatMap((found) => differencesOf(found, sides));
  return { differences: differences.map(inOneLine), columnOrder: columnOrderOf(sides).map(inOneLine) };
}

/** Names may hold line breaks, and what follows one would be read as a line of its own: of a script, for one. */
function inOneLine(difference: Difference): Difference {
  const { words } = difference;
  return /[\r\n]/.test(words) ? { ...difference, words: words.replace(/\s*[\r\n]\s*/g, ' ') } : difference;
}

/** Exported for the script. */
export function sidesOf(before: Catalog, after: Catalog): Sides {
  if (before.major !== after.major || before.model !== after.model) {
    const name = ({ major, model }: Catalog) => `PostgreSQL ${major} (model ${model})`;
    throw new RangeError(`Catalogs of ${name(before)} and ${name(after)} can not be compared`);
  }
  return { before: new Lookup(before), after: new Lookup(after) };
}

function differencesOf(found: Found, sides: Sides): readonly Difference[] {
  const { kind, before, after, attributes } = found;
  if (found.inside || found.goesWith !== null) return [];
  if (before === null || after === null) return [oneSided(found, sides)];
  const object = kind.noun(after);
  const base = { kind: kind.list, object, change: 'changed' } as const;
  return attributes
    .filter(({ goesWith }) => goesWith === null)
    .flatMap((attribute): readonly Difference[] => {
      const { name, compared } = attribute;
      if (compared.each !== undefined) {
        return compared.each(before, after, sides).map((part) => ({
          ...base,
          attribute: name,
          ...part,
          sql: part.sql === '' ? null : part.sql,
          words: `${object}: ${part.words}`,
        }));
      }
      const words = `${object}: ${compared.told(before, after)}`;
      const texts = { before: textOf(before, name), after: textOf(after, name) };
      return [{ ...base, attribute: name, ...texts, words, sql: changeSql(found, attribute, sides) }];
    });
}

function changeSql({ kind, before, after }: Found, { compared }: ChangedAttribute, sides: Sides): string | null {
  const mended = compared.mend(before, after, sides);
  if (mended === null) return null;
  if (mended !== 'again') return joined(mended);
  const [gone, made] = [kind.drop(before, sides.before), kind.create(after, sides.after, sides)];
  return gone === null || made === null ? null : joined([...gone, ...made]);
}

/** A table that comes takes all that belongs to it along. */
function oneSided({ kind, node, before, after }: Found, sides: Sides): Difference {
  const change = before === null ? 'added' : 'removed';
  const [object, at] = before === null ? [after, sides.after] : [before, sides.before];
  const noun = kind.noun(object);
  const inside =
    kind.list === 'relations'
      ? contents(object as Relation, at)
      : kind.list === 'defaultPrivileges'
        ? kind.whole(object, at)
        : '';
  const statements = statementsFor({ node, noun }, before === null ? 'create' : 'drop', sides);
  const whole = kind.whole(object, at);
  return {
    kind: kind.list,
    object: noun,
    change,
    attribute: null,
    before: before === null ? null : whole,
    after: before === null ? whole : null,
    words: `${noun} ${kind.list === 'defaultPrivileges' ? 'are' : 'is'} ${change === 'added' ? 'new' : 'missing'}${inside === '' ? '' : ` (${inside})`}`,
    sql: statements === null ? null : joined(statements),
  };
}

function joined(statements: readonly string[]): string | null {
  return statements.length === 0 ? null : statements.join('\n');
}

function textOf(object: unknown, name: string): string | null {
  const value = (object as Readonly<Record<string, unknown>>)[name];
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Of tables that have the same columns on both sides. */
function columnOrderOf(sides: Sides): readonly Difference[] {
  return sides.after.catalog.relations.flatMap((relation): readonly Difference[] => {
    const before = sides.before.relation(relation.id);
    if (before === null || before.kind !== relation.kind) return [];
    if (!isSameField('relations', 'definition', before, relation)) return [];
    const orderAt = (side: Sides['before']) =>
      [...side.columnsOf(relation.id)].sort((a, b) => a.position - b.position).map(({ name }) => shown(name));
    const [had, has] = [orderAt(sides.before), orderAt(sides.after)];
    if (had.join() === has.join() || [...had].sort(byCodePoint).join() !== [...has].sort(byCodePoint).join()) return [];
    const object = `table ${relation.id}`;
    const first = has.findIndex((name, at) => had[at] !== name);
    return [
      {
        kind: 'relations',
        object,
        change: 'changed',
        attribute: 'column order',
        before: had.join(', '),
        after: has.join(', '),
        words: `${object}: order of the columns: ${short(had.slice(first).join(', '))} became ${short(has.slice(first).join(', '))}`,
        sql: null,
      },
    ];
  });
}
