import { failedAt } from '../facts/failed.ts';
import type { LintRule } from '../rule.ts';

export const upFails: LintRule = {
  name: 'up-fails',
  severity: 'error',
  summary: 'A migration fails on a scratch database that is like the target.',
  explanation: `It would fail there as well, or it rests on something that no migration makes. Those behind it could not be looked at.`,
  check: (migration) => failedAt(migration, 'up'),
};
