import { clientPrivileges, isReachable } from '../facts/access.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { relationOf } from '../facts/objects.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';

export const unprotectedRelationExposed: LintRule = {
  name: 'unprotected-relation-exposed',
  severity: 'error',
  summary: 'Clients reach a materialized view or a foreign table, which can have no row-level security.',
  explanation: `Whoever holds SELECT on it sees every row. Keep it in a schema that is not served, and give clients a view or a function
that shows what is theirs.`,
  check: ({ up }, context) =>
    up.after.relations
      .filter(({ kind }) => kind === 'materialized view' || kind === 'foreign table')
      .filter((relation) => isReachable(relation, up.after, context))
      .filter(({ id }) => {
        const was = relationOf(up.before, id);
        return was === null || !isReachable(was, up.before, context);
      })
      .map((relation) => {
        const held = [...clientPrivileges(relation.grants, up.after, context)].sort();
        const names = ['public', ...context.clientRoles.map(sqlName)].join(', ');
        return foundAt(up, statementNaming(up, relation), {
          object: relation.id,
          message: `clients hold ${held.join(', ')} on the ${relation.kind} ${relation.id}, which has no row-level security`,
          patch: `revoke all on table ${relation.id} from ${names};`,
        });
      }),
};
