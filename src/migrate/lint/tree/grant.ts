/** The GRANT that gave a privilege; what comes by default has none. */
import type { Granted } from '../facts/granted.ts';
import type { RecordedRun, RecordedStatement } from '../recording.ts';
import { isOpaque, nodeOf, textsIn, treesOf } from './node.ts';

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
    ) ?? blockGranting(run, granted)
  );
}

/** A block or a function that put its GRANT together. By default nobody gets more on what was there before. */
function blockGranting(run: RecordedRun, { fresh, grantee }: Granted): RecordedStatement | null {
  const blocks = run.statements.filter(isOpaque);
  const to = new RegExp(`\\bgrant\\b[^;]*\\bto\\s[\\w\\s,"%]*${grantee.replace(/\W/g, '\\$&')}\\b`, 'i');
  const saying = blocks.findLast(({ sql }) => to.test(sql));
  return saying ?? (fresh ? null : (blocks.findLast(({ sql }) => /\bgrant\b/i.test(sql)) ?? blocks.at(-1) ?? null));
}
