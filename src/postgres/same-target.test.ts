import { describe, expect, it } from 'vitest';
import { DbkitError } from '../errors.ts';
import { errorAt, hintAt, sameTarget } from './same-target.ts';

const url = { kind: 'url', source: '--database-url' } as const;
const staging = { kind: 'url', source: '--env staging' } as const;

describe('what a command repeats', () => {
  it.each([
    [url, ' --database-url <the same>'],
    [staging, ' --env staging'],
    [{ kind: 'embedded', source: '--target' } as const, ' --target embedded'],
    // It ends with the command: no other command can find it.
    [{ kind: 'container', source: '--target' } as const, ''],
    [{ kind: 'url', source: 'DATABASE_URL' } as const, ''],
  ])('%o', (target, expected) => {
    expect(sameTarget(target)).toBe(expected);
  });
});

describe('a hint', () => {
  it.each([
    ['look with: dbkit migrate status', 'look with: dbkit migrate status --env staging'],
    [
      'dbkit migrate repair 01_a --done, or: dbkit migrate down 2',
      'dbkit migrate repair --env staging 01_a --done, or: dbkit migrate down --env staging 2',
    ],
    ['dbkit migrate plan to 01_a', 'dbkit migrate plan to --env staging 01_a'],
    ['dbkit migrate plan', 'dbkit migrate plan --env staging'],
    ['dbkit db mark staging', 'dbkit db mark --env staging staging'],
  ])('%s goes to the same target', (hint, expected) => {
    expect(hintAt(hint, staging)).toBe(expected);
  });

  it.each([
    'dbkit migrate new add_invoices',
    'dbkit db stop --force',
    'dbkit migrate upgrade',
    'dbkit migrate down --database-url <the same> --yes',
    'check the URL; choose --env production',
  ])('%s is left as it is', (hint) => {
    expect(hintAt(hint, staging)).toBe(hint);
  });
});

it('an error keeps all but its hint', () => {
  const cause = new Error('why');
  const location = { file: '/a/01_a.ts', line: 1, column: null };
  const error = new DbkitError('MIGRATION_EDITED', 'edited', {
    hint: 'dbkit migrate repair 01_a',
    location,
    cause,
    details: ['one'],
    result: { ran: [] },
  });
  expect(errorAt(error, url)).toMatchObject({
    code: 'MIGRATION_EDITED',
    message: 'edited',
    hint: 'dbkit migrate repair --database-url <the same> 01_a',
    location,
    cause,
    details: ['one'],
    result: { ran: [] },
  });
  expect(errorAt(cause, url)).toBe(cause);
});
