/** What was there and is not: dropped, but not renamed or moved. */
import type { Column, Relation } from '../../../catalog/model.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import { nameParts, nodeOf, treesOf } from '../tree/node.ts';
import { relationBefore, relationName } from '../tree/relation.ts';
import { statementNaming } from './found.ts';
import { columnOf, isTable, relationOf } from './objects.ts';
import { sqlName } from './patch.ts';

/** Tables, also those that were dropped and made again under the same name. */
export function lostTables(run: RecordedRun): readonly { relation: Relation; statement: RecordedStatement | null }[] {
  const moved = new Set(movedRelations(run).map(({ id }) => id));
  const dropped = new Map<string, { relation: Relation; statement: RecordedStatement | null }>();
  for (const statement of run.statements) {
    for (const tree of treesOf(statement)) {
      const drop = nodeOf(tree, 'DropStmt');
      if (drop?.removeType !== 'OBJECT_TABLE') continue;
      for (const object of drop.objects ?? []) {
        const relation = relationBefore(run, statement, nameParts(nodeOf(object, 'List')?.items));
        if (relation !== null && !moved.has(relation.id)) dropped.set(relation.id, { relation, statement });
      }
    }
  }
  for (const relation of run.before.relations) {
    if (!isTable(relation) || relationOf(run.after, relation.id) !== null) continue;
    if (moved.has(relation.id) || dropped.has(relation.id)) continue;
    dropped.set(relation.id, { relation, statement: statementNaming(run, relation) });
  }
  return [...dropped.values()].filter(({ relation }) => isTable(relation));
}

export function lostColumns(run: RecordedRun): readonly { column: Column; statement: RecordedStatement | null }[] {
  const renamed = renames(run, 'OBJECT_COLUMN');
  // With its table, which is said already, where that is made anew.
  const lost = new Set(lostTables(run).map(({ relation }) => relation.id));
  return run.before.columns
    .filter(
      (column) =>
        column.local &&
        !lost.has(column.relation) &&
        column.generated !== 'virtual' &&
        isTable(relationOf(run.after, column.relation)) &&
        columnOf(run.after, column.relation, column.name) === null &&
        !renamed.some(({ relation, from }) => relation?.id === column.relation && from === column.name),
    )
    .map((column) => ({
      column,
      statement: statementNaming(run, relationOf(run.before, column.relation), column.name),
    }));
}

/** Columns that were not there before: of new tables and of old ones, but not of those that were renamed or moved. */
export function newColumns(run: RecordedRun): readonly Column[] {
  const { before, after } = run;
  const names = new Set(renames(run, 'OBJECT_TABLE').map(({ to }) => to));
  const moved = movedRelations(run);
  const isOld = ({ relation: id, name, type }: Column) => {
    const relation = relationOf(after, id);
    if (relation === null || relationOf(before, id) !== null) return false;
    return moved.some(
      (was) =>
        (was.name === relation.name || names.has(relation.name)) && columnOf(before, was.id, name)?.type === type,
    );
  };
  return after.columns.filter(
    (column) =>
      isTable(relationOf(after, column.relation)) &&
      column.local &&
      columnOf(before, column.relation, column.name) === null &&
      !isOld(column),
  );
}

export interface Renamed {
  readonly statement: RecordedStatement;
  /** That was there before; null for types and schemas. */
  readonly relation: Relation | null;
  readonly from: string;
  readonly to: string;
}

/** Of relations OBJECT_TABLE, OBJECT_VIEW …; of columns OBJECT_COLUMN. */
export function renames(run: RecordedRun, ...kinds: readonly string[]): readonly Renamed[] {
  return run.statements.flatMap((statement) =>
    treesOf(statement).flatMap((tree) => {
      const rename = nodeOf(tree, 'RenameStmt');
      if (rename === null || !kinds.includes(rename.renameType ?? '')) return [];
      const relation = relationBefore(run, statement, rename.relation);
      const from = rename.subname ?? relationName(rename.relation)?.name ?? '';
      return [{ statement, relation, from, to: rename.newname ?? '' }];
    }),
  );
}

/** Relations that SET SCHEMA moved: `to` is their new name with its schema. */
export function intoSchemas(run: RecordedRun): readonly Renamed[] {
  return run.statements.flatMap((statement) =>
    treesOf(statement).flatMap((tree) => {
      const set = nodeOf(tree, 'AlterObjectSchemaStmt');
      const relation = relationBefore(run, statement, set?.relation);
      if (set?.newschema === undefined || relation === null) return [];
      const to = `${sqlName(set.newschema)}.${sqlName(relation.name)}`;
      return [{ statement, relation, from: relation.name, to }];
    }),
  );
}

/** Renamed, or moved into another schema, also with it. */
export function movedRelations(run: RecordedRun): readonly Relation[] {
  const schemas = renames(run, 'OBJECT_SCHEMA').map(({ from }) => from);
  return [
    ...intoSchemas(run).flatMap(({ relation }) => relation ?? []),
    ...renames(run, 'OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW').flatMap(({ relation }) => relation ?? []),
    ...run.before.relations.filter(({ schema }) => schemas.includes(schema)),
  ];
}
