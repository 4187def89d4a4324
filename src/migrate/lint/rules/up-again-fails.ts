import { failedAt } from '../facts/failed.ts';
import type { LintRule } from '../rule.ts';

export const upAgainFails: LintRule = {
  name: 'up-again-fails',
  severity: 'error',
  summary: 'The up fails after the down: something is left behind that is in its way.',
  explanation: `After a rollback the migration could not be applied again. \`dbkit migrate prove\` tells what the down leaves.`,
  check: (migration) => failedAt(migration, 'up again'),
};
