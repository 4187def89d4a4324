import { foundAt, inBothDirections, isQuick, sizeOf } from '../facts/found.ts';
import { columnOf } from '../facts/objects.ts';
import { copiedColumn, derivedName, inMigrations, sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { alterCommands } from '../tree/alter-table.ts';

export const columnTypeRewritesTable: LintRule = {
  name: 'column-type-rewrites-table',
  severity: 'error',
  summary: 'A column gets another type, for which an existing table is read or written as a whole.',
  explanation: `Table and indexes are written anew while nobody can read or write. Changes that need no look at the rows
(varchar(10) to varchar(20), varchar to text) are not found: the recording tells.
Otherwise: a second column of the new type, kept equal by a trigger, filled in batches, and then put in its place.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) =>
      alterCommands(run).flatMap(({ statement, relation, command }) => {
        if (command.subtype !== 'AT_AlterColumnType' || isQuick(context, run, statement, relation.id)) return [];
        const written = statement.rewritten.includes(relation.id);
        if (!written && !statement.scanned.includes(relation.id)) return [];
        const name = command.name ?? '';
        const [was, becomes] = [columnOf(run.before, relation.id, name), columnOf(run.after, relation.id, name)];
        const types = `from ${was?.type ?? 'its type'} to ${becomes?.type ?? 'another'}`;
        return [
          foundAt(run, statement, {
            object: `${relation.id}.${name}`,
            message: `${name} ${types}: all of ${relation.id}${sizeOf(context, relation.id)} is ${written ? 'written anew' : 'read'} while nobody else can use it`,
            patch: becomes === null ? null : patchOf(relation, name, becomes.type),
          }),
        ];
      }),
    ),
};

function patchOf(relation: Parameters<typeof copiedColumn>[0], name: string, type: string): string {
  const [to, old] = [derivedName(name, '_new'), derivedName(name, '_old')];
  const plain = (quoted: string) => quoted.replace(/^"|"$/g, '').replaceAll('""', '"');
  const [expand, fill, stop] = copiedColumn(
    relation,
    { from: name, to: plain(to) },
    { type, value: (column) => `${column}::${type}` },
  );
  const rename = (from: string, into: string) => `alter table ${relation.id} rename column ${from} to ${into};`;
  return inMigrations(
    expand,
    fill,
    `${stop}\n${rename(sqlName(name), old)}\n${rename(to, sqlName(name))}`,
    `alter table ${relation.id} drop column ${old};`,
  );
}
