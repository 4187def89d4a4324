import { isSecretName } from '../../../postgres/sql-text.ts';
import { clientPrivileges, isReachable } from '../facts/access.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { newColumns } from '../facts/lost.ts';
import { relationOf } from '../facts/objects.ts';
import type { LintRule } from '../rule.ts';

export const secretColumnExposed: LintRule = {
  name: 'secret-column-exposed',
  severity: 'warning',
  summary: 'A column named like a secret comes to a table that clients may read as a whole.',
  explanation: `Policies choose rows, not columns: whoever sees the row sees the password, token or key in it. Put it into a table of its
own in a schema that is not served; or grant SELECT by column.`,
  check: ({ up }, context) =>
    newColumns(up).flatMap((column) => {
      const relation = relationOf(up.after, column.relation);
      if (relation === null || !isSecretName(column.name.replace(/_(hash|hashed|digest|encrypted)$/i, ''))) return [];
      if (!/^(text|character varying|bytea|jsonb?|uuid)/.test(column.type)) return [];
      if (!isReachable(relation, up.after, context)) return [];
      if (!clientPrivileges(relation.grants, up.after, context).has('SELECT')) return [];
      return [
        foundAt(up, statementNaming(up, relation, column.name), {
          object: `${relation.id}.${column.name}`,
          message: `${column.name} reads like a secret, and clients may select every column of ${relation.id}`,
        }),
      ];
    }),
};
