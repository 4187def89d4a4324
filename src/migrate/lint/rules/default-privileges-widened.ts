import type { DefaultPrivilege } from '../../../catalog/model.ts';
import { clientNames } from '../facts/access.ts';
import { foundAt } from '../facts/found.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { nodeOf, treesOf } from '../tree/node.ts';

export const defaultPrivilegesWidened: LintRule = {
  name: 'default-privileges-widened',
  severity: 'error',
  summary: 'Clients get privileges on objects that do not exist yet.',
  explanation: `Each table that anybody makes from now on is open to clients the moment it is there, before somebody thought of
row-level security. Grant by name, on what is there.`,
  check: ({ up }, context) => {
    const names = clientNames(up.after, context);
    return up.after.defaultPrivileges.flatMap((entry) => {
      const was = up.before.defaultPrivileges.find(
        ({ role, schema, objects }) => role === entry.role && schema === entry.schema && objects === entry.objects,
      );
      return [...names].flatMap((grantee) => {
        const old = heldBy(was, grantee);
        const privileges = heldBy(entry, grantee).filter((privilege) => !old.includes(privilege));
        if (privileges.length === 0 || isBuiltIn(entry, grantee)) return [];
        const statement = up.statements.findLast((one) =>
          treesOf(one).some((tree) => nodeOf(tree, 'AlterDefaultPrivilegesStmt') !== null),
        );
        const place = entry.schema === null ? '' : ` in schema ${sqlName(entry.schema)}`;
        return [
          foundAt(up, statement ?? null, {
            object: `default privileges of ${entry.role}${place}`,
            message: `${grantee} gets ${privileges.join(', ')} on all ${entry.objects} that ${entry.role} makes from now on`,
            patch: `alter default privileges for role ${sqlName(entry.role)}${place} revoke ${privileges.join(', ')} on ${entry.objects} from ${grantee === 'public' ? 'public' : sqlName(grantee)};`,
          }),
        ];
      });
    });
  },
};

function heldBy(entry: DefaultPrivilege | undefined, grantee: string): readonly string[] {
  return (entry?.grants ?? []).filter((grant) => grant.grantee === grantee).flatMap(({ privileges }) => privileges);
}

/** What PostgreSQL gives to everybody by itself is spelt out as soon as an entry for another role is there. */
function isBuiltIn({ schema, objects }: DefaultPrivilege, grantee: string): boolean {
  return schema === null && grantee === 'public' && (objects === 'functions' || objects === 'types');
}
