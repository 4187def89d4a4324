import { describe, expect, it } from 'vitest';
import { DbkitError } from '../errors.ts';
import type { Action, GuardFlags, Place } from './guard.ts';
import { actions, authorize, decide, placeOf, places, renderGuardTable } from './guard.ts';
import type { TargetDescription } from './target.ts';

const url: TargetDescription = {
  kind: 'url',
  environment: 'staging',
  protected: false,
  host: 'db.example',
  port: 5432,
  database: 'app',
  role: 'app_owner',
  marker: 'staging',
  source: '--env staging',
  serverVersion: '18.4',
  platform: 'postgres',
};

const at: Readonly<Record<Place, TargetDescription>> = {
  'throw-away': { ...url, kind: 'embedded', environment: null, marker: null },
  marked: url,
  unmarked: { ...url, marker: null },
  protected: { ...url, protected: true },
};

type Answer = 'runs' | 'refused' | '--yes' | '--plan <hash>' | '--in-place';

function answer(action: Action, place: Place, flags: GuardFlags = {}): Answer {
  const verdict = decide(action, at[place], flags);
  return verdict.verdict === 'asks' ? verdict.flag : verdict.verdict;
}

// biome-ignore format: the table of the design, cell by cell
const cells: readonly (readonly [Action, Place, Answer])[] = [
  ['migrate up', 'throw-away', 'runs'], ['migrate up', 'marked', 'runs'], ['migrate up', 'unmarked', 'runs'], ['migrate up', 'protected', 'runs'],
  ['migrate down', 'throw-away', 'runs'], ['migrate down', 'marked', 'runs'], ['migrate down', 'unmarked', '--yes'], ['migrate down', 'protected', '--plan <hash>'],
  ['seed', 'throw-away', 'runs'], ['seed', 'marked', 'runs'], ['seed', 'unmarked', 'refused'], ['seed', 'protected', 'refused'],
  ['db reset', 'throw-away', 'runs'], ['db reset', 'marked', '--yes'], ['db reset', 'unmarked', 'refused'], ['db reset', 'protected', 'refused'],
  ['verify in place', 'throw-away', 'runs'], ['verify in place', 'marked', '--in-place'], ['verify in place', 'unmarked', 'refused'], ['verify in place', 'protected', 'refused'],
  ['retention', 'throw-away', 'runs'], ['retention', 'marked', 'runs'], ['retention', 'unmarked', '--yes'], ['retention', 'protected', 'runs'],
  ['retention widened', 'throw-away', 'runs'], ['retention widened', 'marked', 'runs'], ['retention widened', 'unmarked', '--yes'], ['retention widened', 'protected', '--plan <hash>'],
];

describe('the table', () => {
  it('is tested in every cell', () => {
    expect(cells.map(([action, place]) => `${action}/${place}`)).toEqual(
      actions.flatMap((action) => places.map((place) => `${action}/${place}`)),
    );
  });

  it.each(cells)('%s, %s: %s', (action, place, expected) => {
    expect(answer(action, place)).toBe(expected);
  });

  it.each(cells)('%s, %s: every flag opens what asks, and nothing that is refused', (action, place, expected) => {
    const opened = answer(action, place, { yes: true, plan: 'abc', inPlace: true });
    expect(opened).toBe(expected === 'refused' ? 'refused' : 'runs');
  });

  it.each(cells)('%s, %s: a wrong flag opens nothing', (action, place, expected) => {
    const wrong: Readonly<Record<string, GuardFlags>> = {
      '--yes': { inPlace: true },
      '--plan <hash>': { yes: true, inPlace: true },
      '--in-place': { yes: true, plan: 'abc' },
    };
    expect(answer(action, place, wrong[expected] ?? {})).toBe(expected);
  });
});

describe('the place', () => {
  it.each([
    ['embedded', { kind: 'embedded', protected: true } as const, 'throw-away'],
    ['scratch', { kind: 'scratch' } as const, 'throw-away'],
    ['container', { kind: 'container', marker: null } as const, 'throw-away'],
    ['protected without a marker', { protected: true, marker: null } as const, 'protected'],
    ['URL', {}, 'marked'],
  ])('%s', (_name, over, expected) => {
    expect(placeOf({ ...url, ...over })).toBe(expected);
  });
});

describe('a marker of another environment', () => {
  const wrong = { ...url, marker: 'production' };

  it.each(actions)('refuses %s, with every flag', (action) => {
    expect(decide(action, wrong, { yes: true, plan: 'abc', inPlace: true }).verdict).toBe('refused');
  });

  it('names both, and what decided', () => {
    const verdict = decide('migrate up', wrong);
    expect(verdict).toMatchObject({
      message: 'environment "staging" was chosen, but app on db.example:5432 is marked "production"',
      hint: expect.stringContaining('decided by --env staging'),
    });
  });

  it('does not matter when no environment was named', () => {
    expect(decide('migrate up', { ...wrong, environment: null }).verdict).toBe('runs');
  });
});

describe('authorize', () => {
  const thrown = (action: Action, target: TargetDescription, flags: GuardFlags = {}) => {
    try {
      authorize(action, target, flags);
    } catch (error) {
      return error as DbkitError;
    }
    return null;
  };

  it('returns where the table says runs', () => {
    expect(thrown('migrate up', url)).toBeNull();
  });

  it('says the flag to type', () => {
    const error = thrown('migrate down', { ...at.unmarked, source: 'DATABASE_URL' }, { command: 'migrate redo 2' });
    expect(error).toBeInstanceOf(DbkitError);
    expect(error).toMatchObject({ code: 'CONFIRMATION_NEEDED', exitCode: 2, hint: 'type: dbkit migrate redo 2 --yes' });
  });

  it('what it says to type does not go to another database than the URL that was typed', () => {
    expect(thrown('migrate down', { ...at.unmarked, source: '--database-url' })).toMatchObject({
      hint: 'type: dbkit migrate down --database-url <the same> --yes',
    });
  });

  it('says how to get the plan of the same command on the same target', () => {
    expect(thrown('migrate down', at.protected, { command: 'migrate to 0002' })).toMatchObject({
      code: 'CONFIRMATION_NEEDED',
      hint: 'type: dbkit migrate plan to 0002 --env staging, read it, then: dbkit migrate to 0002 --env staging --plan <hash>',
    });
    expect(thrown('retention widened', at.protected, { command: 'retention' })).toMatchObject({
      hint: 'type: dbkit retention plan --env staging, read it, then: dbkit retention --env staging --plan <hash>',
    });
  });

  it('says the command that marks', () => {
    expect(thrown('seed', at.unmarked, { yes: true })).toMatchObject({
      code: 'TARGET_REFUSED',
      hint: 'if it may be filled and emptied, type: dbkit db mark staging --env staging',
    });
  });
});

describe('renderGuardTable', () => {
  it('has a line for each action and a column for each place', () => {
    const lines = renderGuardTable('text').split('\n');
    expect(lines).toHaveLength(actions.length + 1);
    expect(lines[2]).toMatch(/^migrate down, to, redo +runs +runs +asks \(--yes\) +only with --plan <hash>$/);
  });

  it('prints the same as a table of Markdown', () => {
    const lines = renderGuardTable('markdown').split('\n');
    expect(lines[1]).toBe('|---|---|---|---|---|');
    expect(lines[3]).toBe('| migrate down, to, redo | runs | runs | asks (`--yes`) | only with `--plan <hash>` |');
  });
});
