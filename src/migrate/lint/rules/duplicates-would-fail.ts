import { foundAt, statementNaming } from '../facts/found.ts';
import { columnOf, indexesOf, isTable, relationOf } from '../facts/objects.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';

export const duplicatesWouldFail: LintRule = {
  name: 'duplicates-would-fail',
  severity: 'notice',
  summary: 'Columns with rows become unique: it fails in production if two rows are equal.',
  explanation: 'The patch is a query that shows the rows in question. Ask it on the target before the deployment.',
  check: ({ up }) =>
    up.after.indexes
      .filter((index) => index.unique && isTable(relationOf(up.before, index.relation)))
      .filter((index) => {
        if (index.parent !== null && up.after.indexes.some(({ id }) => id === index.parent)) return false;
        const columns = index.columns.filter((name) => name !== null);
        // A new column is NULL everywhere, and NULLs are not equal.
        if (columns.some((name) => columnOf(up.before, index.relation, name) === null)) return false;
        const wanted = new Set(columns);
        return !indexesOf(up.before, index.relation).some(
          (was) =>
            was.unique &&
            was.predicate === null &&
            !was.columns.includes(null) &&
            was.columns.every((name) => name !== null && wanted.has(name)),
        );
      })
      .filter((index) => !indexesOf(up.before, index.relation).some(({ id, unique }) => id === index.id && unique))
      .map((index) => {
        const columns = index.columns.map((name) => (name === null ? null : sqlName(name)));
        const where = index.predicate === null ? '' : ` where ${index.predicate}`;
        return foundAt(
          up,
          statementNaming(up, { schema: relationOf(up.after, index.relation)?.schema, name: index.name }) ??
            statementNaming(up, relationOf(up.after, index.relation)),
          {
            object: index.id,
            message: `${index.id} fails if two rows of ${index.relation} are equal in ${columns.map((name) => name ?? 'its expression').join(', ')}`,
            patch: columns.includes(null)
              ? null
              : `select ${columns.join(', ')}, count(*) from ${index.relation}${where} group by ${columns.join(', ')} having count(*) > 1;`,
          },
        );
      }),
};
