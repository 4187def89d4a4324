import { foundAt } from '../facts/found.ts';
import { blocksOthers, switchedOff } from '../facts/timeouts.ts';
import type { LintRule } from '../rule.ts';

export const lockTimeoutOff: LintRule = {
  name: 'lock-timeout-off',
  severity: 'warning',
  summary: 'A migration that locks existing tables waits for its locks without limit.',
  explanation: `A statement that waits for ACCESS EXCLUSIVE makes everybody behind it wait, also those that only read. dbkit sets
lock_timeout in every run and tries again: leave it on, in dbkit.config and in the migration.`,
  check: ({ up }, { lockTimeoutMs }) => {
    const off = switchedOff(up, 'lock_timeout');
    if (off !== null) {
      return [
        foundAt(up, off, {
          object: 'lock_timeout',
          message: 'lock_timeout is switched off: what comes waits for its locks without limit',
        }),
      ];
    }
    if ((lockTimeoutMs !== null && lockTimeoutMs > 0) || !up.statements.some(blocksOthers)) return [];
    const first = up.statements.find(blocksOthers) ?? null;
    return [
      foundAt(up, first, {
        object: 'lock_timeout',
        message: 'the config sets no lock_timeout: this waits for its lock without limit',
        patch: `set local lock_timeout = '3s';`,
      }),
    ];
  },
};
