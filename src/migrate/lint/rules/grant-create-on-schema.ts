import { clientNames } from '../facts/access.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { grantedTo } from '../facts/granted.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';

export const grantCreateOnSchema: LintRule = {
  name: 'grant-create-on-schema',
  severity: 'error',
  summary: 'Clients may create objects in a schema.',
  explanation: `Whoever creates a function of the right name in a schema of somebody's search_path has their rights. Since PostgreSQL 15
not even \`public\` lets everybody create.`,
  check: ({ up }, context) =>
    grantedTo(up.before, up.after, clientNames(up.after, context))
      .filter(({ kind, privileges }) => kind === 'schema' && privileges.includes('CREATE'))
      .map(({ name, grantee }) =>
        foundAt(up, statementNaming(up, name), {
          object: `schema ${name}`,
          message: `${grantee} may create objects in schema ${name}`,
          patch: `revoke create on schema ${sqlName(name)} from ${grantee === 'public' ? 'public' : sqlName(grantee)};`,
        }),
      ),
};
