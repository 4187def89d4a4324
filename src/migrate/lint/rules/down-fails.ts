import { failedAt } from '../facts/failed.ts';
import type { LintRule } from '../rule.ts';

export const downFails: LintRule = {
  name: 'down-fails',
  severity: 'error',
  summary: 'A down fails right after its up.',
  explanation: `In a bad hour there is no way back. Mend it; or say that there is none: \`-- dbkit:irreversible <why>\`.`,
  check: (migration) => failedAt(migration, 'down'),
};
