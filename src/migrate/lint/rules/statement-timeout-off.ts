import { foundAt } from '../facts/found.ts';
import { switchedOff } from '../facts/timeouts.ts';
import type { LintRule } from '../rule.ts';

export const statementTimeoutOff: LintRule = {
  name: 'statement-timeout-off',
  severity: 'warning',
  summary: 'A migration switches off the statement_timeout that the config sets.',
  explanation: `A statement that takes longer than thought holds its locks as long. Give a longer limit instead of none:
\`set local statement_timeout = '30min'\`.`,
  check: ({ up }, { statementTimeoutMs }) => {
    const off = statementTimeoutMs === null ? null : switchedOff(up, 'statement_timeout');
    if (off === null) return [];
    return [
      foundAt(up, off, {
        object: 'statement_timeout',
        message: 'statement_timeout is switched off',
        patch: `set local statement_timeout = '30min';`,
      }),
    ];
  },
};
