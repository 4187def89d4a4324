import { foundAt, statementNaming } from '../facts/found.ts';
import { relationOf } from '../facts/objects.ts';
import { sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';

export const triggerLeftDisabled: LintRule = {
  name: 'trigger-left-disabled',
  severity: 'warning',
  summary: 'A trigger fired before the migration and does not afterwards.',
  explanation:
    'DISABLE TRIGGER is written for a backfill, and ENABLE TRIGGER forgotten. An audit or a check in it is off for everybody.',
  check: ({ up }) =>
    up.before.triggers.flatMap((was) => {
      const is = up.after.triggers.find(({ relation, name }) => relation === was.relation && name === was.name);
      if (is === undefined || was.enabled === 'disabled' || is.enabled !== 'disabled') return [];
      const how = was.enabled === 'origin' ? 'enable' : `enable ${was.enabled}`;
      return [
        foundAt(up, statementNaming(up, relationOf(up.after, was.relation)), {
          object: `trigger ${was.name} on ${was.relation}`,
          message: `trigger ${was.name} on ${was.relation} stays disabled`,
          patch: `alter table ${was.relation} ${how} trigger ${sqlName(was.name)};`,
        }),
      ];
    }),
};
