import { clientNames } from '../facts/access.ts';
import { foundAt } from '../facts/found.ts';
import { grantedTo } from '../facts/granted.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { statementGranting } from '../tree/grant.ts';

/** No policy is asked for these. */
const beyond = ['TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN'];

export const grantBeyondRowSecurity: LintRule = {
  name: 'grant-beyond-row-security',
  severity: 'error',
  summary: 'Clients are granted TRUNCATE, REFERENCES, TRIGGER or MAINTAIN, which no policy holds back.',
  explanation: `TRUNCATE empties the table whatever the policies say; REFERENCES tells by foreign keys which values exist; TRIGGER lets
its holder run a function as whoever writes. \`grant all\` holds them all: grant by name what clients need.`,
  check: ({ up }, context) =>
    grantedTo(up.before, up.after, clientNames(up.after, context)).flatMap((granted) => {
      const privileges = granted.privileges.filter((privilege) => beyond.includes(privilege));
      if (granted.kind !== 'table' || privileges.length === 0) return [];
      const statement = statementGranting(up, granted);
      if (statement === null) return [];
      return [
        foundAt(up, statement, {
          object: granted.id,
          message: `${granted.grantee} gets ${privileges.join(', ')} on ${granted.id}, which no policy holds back`,
          patch: `revoke ${privileges.join(', ')} on table ${granted.id} from ${granted.grantee === 'public' ? 'public' : sqlName(granted.grantee)};`,
        }),
      ];
    }),
};
