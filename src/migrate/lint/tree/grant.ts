/** The GRANT that gave a privilege; what comes by default has none. */
import type { Granted } from '../facts/granted.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import { nodeOf, textsIn, treesOf } from './node.ts';

export function statementGranting(run: RecordedRun, granted: Granted): RecordedStatement | null {
  return (
    run.statements.findLast((statement) =>
      treesOf(statement).some((tree) => {
        const grant = nodeOf(tree, 'GrantStmt');
        if (grant?.is_grant !== true) return false;
        const to = (grant.grantees ?? []).some((node) => {
          const role = nodeOf(node, 'RoleSpec');
          return (role?.roletype === 'ROLESPEC_PUBLIC' ? 'public' : role?.rolename) === granted.grantee;
        });
        const named = textsIn(grant.objects);
        const relation = granted.kind === 'column' ? granted.id.split('.').at(-2) : undefined;
        return to && (named.has(granted.name) || named.has(granted.schema) || named.has(relation ?? granted.name));
      }),
    ) ?? null
  );
}
