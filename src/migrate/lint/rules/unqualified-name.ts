import { inEachTree } from '../facts/found.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { findAll, nodeOf } from '../tree/node.ts';

export const unqualifiedName: LintRule = {
  name: 'unqualified-name',
  severity: 'notice',
  optIn: true,
  summary: 'A table is made, changed or dropped by a name without its schema.',
  explanation: 'Where it goes is decided by the search_path of whoever runs the migration.',
  check: ({ up }) =>
    inEachTree(up, (tree) => {
      const named = [
        nodeOf(tree, 'CreateStmt')?.relation,
        nodeOf(tree, 'AlterTableStmt')?.relation,
        nodeOf(tree, 'IndexStmt')?.relation,
        nodeOf(tree, 'ViewStmt')?.view,
        nodeOf(tree, 'RenameStmt')?.relation,
        nodeOf(tree, 'CreatePolicyStmt')?.table,
        nodeOf(tree, 'CreateTrigStmt')?.relation,
      ].filter((range) => range !== undefined && range.schemaname === undefined && range.relpersistence !== 't');
      const dropped = findAll(nodeOf(tree, 'DropStmt')?.removeType === 'OBJECT_TABLE' ? tree : null, 'List');
      return [
        ...named.map((range) => range?.relname ?? ''),
        ...dropped.flatMap(({ items }) => (items?.length === 1 ? (nodeOf(items[0], 'String')?.sval ?? []) : [])),
      ].map((name) => ({ object: name, message: `${sqlName(name)} is named without its schema` }));
    }),
};
