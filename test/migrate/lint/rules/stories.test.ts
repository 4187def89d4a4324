/**
 * Each rule on a real server: quiet where nothing happens, finds the fault and only that, is quiet when it is mended, and
 * at what looks like the fault. The stories share migrations, each in a schema of its own.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import { DbkitError } from '../../../../src/errors.ts';
import { stepsOf } from '../../../../src/migrate/lint/facts/patch.ts';
import type { RecordedMigration } from '../../../../src/migrate/lint/recording.ts';
import type { LintContext, LintFinding } from '../../../../src/migrate/lint/rule.ts';
import { rules } from '../../../../src/migrate/lint/rules/index.ts';
import { quoteIdentifier } from '../../../../src/postgres/quote.ts';
import { testDatabase } from '../../../harness/test-database.ts';
import { recorded } from '../recorded.ts';
import { accessStories } from './stories/access.ts';
import { lockStories } from './stories/locks.ts';
import { lossStories } from './stories/loss.ts';
import type { Story } from './stories/story.ts';
import { styleStories } from './stories/style.ts';

const stories = [...lockStories, ...lossStories, ...accessStories, ...styleStories];
const schemas = stories.map((_, number) => `s${number + 10}`);

const context: LintContext = {
  exposedSchemas: schemas,
  clientRoles: ['anon', 'authenticated'],
  lockTimeoutMs: 3_000,
  statementTimeoutMs: 60_000,
  stats: null,
};

const of = (number: number, sql: string) => sql.replaceAll('@', schemas[number] ?? '');

interface Part {
  /** `look-alike 0`, `fault`, `mended 1`. */
  readonly name: string;
  readonly story: number;
  readonly sql: string;
  readonly down?: string | undefined;
}

const setup: readonly Part[] = stories.map((story, number) => ({
  name: 'setup',
  story: number,
  sql: of(number, `create schema @; ${story.setup}`),
}));
const untouched: Part = {
  name: 'untouched',
  story: -1,
  sql: `create function public.nothing() returns int language sql as 'select 1';`,
};

const firstRun = [
  ...setup,
  untouched,
  ...[0, 1, 2].flatMap((place) =>
    stories.flatMap(({ lookAlikes = [] }, story) => {
      const sql = lookAlikes[place];
      return sql === undefined ? [] : [{ name: `look-alike ${place}`, story, sql: of(story, sql) }];
    }),
  ),
  ...stories.map(({ fault, down }, story) => ({
    name: 'fault',
    story,
    sql: of(story, fault),
    down: down && of(story, down),
  })),
];

/** What a part did, by its story's number and its name; of a shared migration the whole. */
type Recording = ReadonlyMap<string, RecordedMigration>;
let faulty: Recording = new Map();
let mended: Recording = new Map();

// A test, not a hook: the folders and databases of the harness go with it.
test('every look-alike, fault and patch runs', { timeout: 120_000 }, async () => {
  // Roles belong to the cluster, and so would go from one run into the next.
  const db = await testDatabase({ platform: 'supabase' });
  const session = await db.connect();
  const names = JSON.stringify(stories).match(/@_\w+/g) ?? [];
  const roles = new Set(names.flatMap((name) => schemas.map((schema) => quoteIdentifier(name.replace('@', schema)))));
  const dropRoles = () => session.query(`drop role if exists ${[...roles].join(', ')}`);
  await dropRoles();
  onTestFinished(async () => void (await dropRoles()));
  faulty = await record(firstRun);
  await dropRoles();
  mended = await record([...setup, ...stories.flatMap(toMend)]);
});

function toMend(story: Story, number: number): readonly Part[] {
  const { mended: how } = story;
  if (typeof how === 'object')
    return [{ name: 'mended 0', story: number, sql: of(number, how.sql), down: how.down && of(number, how.down) }];
  const patches = ask(story, number, faulty, 'fault').flatMap(({ patch }) => patch ?? []);
  const steps = how === 'after' ? [[of(number, story.fault), ...patches].join('\n')] : stepsOf(patches[0] ?? '');
  return steps.map((sql, place) => ({
    name: `mended ${place}`,
    story: number,
    sql,
    down: story.down && of(number, story.down),
  }));
}

/** Parts of one name that are next to each other share a migration, but for those that stand apart. */
async function record(parts: readonly Part[]): Promise<Recording> {
  const files: Record<string, string> = {};
  const fileOf = new Map<Part, string>();
  const shared = new Map<string, string>();
  let number = 100;
  for (const part of [...parts].sort((a, b) => orderOf(a) - orderOf(b))) {
    const story = stories[part.story];
    const alone =
      (story?.alone === true && !/setup|mended/.test(part.name)) || part.sql.startsWith('-- dbkit:transaction off');
    const apart = alone || part.down !== undefined || (story?.apart === true && part.name !== 'setup');
    const file = (apart ? undefined : shared.get(part.name)) ?? `${number++}_${part.name.replace(' ', '_')}`;
    if (!apart) shared.set(part.name, file);
    fileOf.set(part, file);
    const before = files[`${file}.up.sql`] ?? (alone && !part.sql.startsWith('--') ? '-- dbkit:transaction off\n' : '');
    files[`${file}.up.sql`] = `${before}${part.sql}\n`;
    if (part.down !== undefined) files[`${file}.down.sql`] = part.down;
  }
  const what = (name: string) => (files[`${name}.down.sql`] === undefined ? 'up' : 'up and down');
  const all = await recorded(files, (name) => (name.endsWith('setup') ? null : what(name)), {
    platform: 'supabase',
  }).catch((error: unknown) => {
    if (!(error instanceof DbkitError)) throw error;
    throw new Error([error.message, error.sql?.statement, ...error.details].join('\n'));
  });
  const byName = new Map(all.map((migration) => [migration.file.name, migration]));
  return new Map(
    [...fileOf].flatMap(([{ story, name }, file]) => {
      const migration = byName.get(file);
      return migration === undefined ? [] : [[`${story} ${name}`, migration]];
    }),
  );
}

/** Setup, untouched, look-alikes, faults; patches step by step. */
function orderOf({ name }: Part): number {
  const place = Number(/\d$/.exec(name)?.[0] ?? 0);
  return ['setup', 'untouched', 'look-alike', 'fault', 'mended'].indexOf(name.replace(/ \d$/, '')) * 10 + place;
}

type Found = Omit<LintFinding, 'rule' | 'severity'>;

/** What the rule says of the story's own schema. */
function ask(story: Story, number: number, recording: Recording, part: string): readonly Found[] {
  const migration = recording.get(`${number} ${part}`);
  const rule = rules.find(({ name }) => name === story.rule);
  if (rule === undefined || migration === undefined) throw new Error(`${story.rule}: ${part} was not recorded`);
  const own = new RegExp(`\\b${schemas[number]}(\\b|_)`);
  return rule
    .check(migration, context)
    .filter(
      ({ object, message, statement }) =>
        story.apart || statement === null || own.test(`${object} ${message} ${statement.sql}`),
    );
}

/** The statement's number among those of its story. */
function numberOf(number: number, { statement, direction }: Found, recording: Recording): number | null {
  if (statement === null) return null;
  const run = recording.get(`${number} fault`)?.[direction];
  const own = new RegExp(`\\b${schemas[number]}(\\b|_)`);
  const first = run?.statements.find(({ sql }) => own.test(sql))?.ordinal ?? 1;
  return stories[number]?.apart === true ? statement.ordinal : statement.ordinal - first + 1;
}

describe.each(stories.map((story, number) => [`${story.rule} ${number}`, story, number] as const))(
  '%s',
  (_, story, number) => {
    test('quiet, fault, found, mended, quiet, look-alikes quiet', () => {
      const messages = (recording: Recording, part: string) =>
        ask(story, number, recording, part).map(({ message }) => message);
      for (const place of (story.lookAlikes ?? []).keys()) {
        expect(messages(faulty, `look-alike ${place}`), `look-alike ${place}`).toEqual([]);
      }
      const found = ask(story, number, faulty, 'fault');
      expect(found.map((one) => [one.object, numberOf(number, one, faulty)])).toEqual(
        story.found.map(([object, ordinal]) => [object === null ? null : of(number, object), ordinal]),
      );
      for (const { direction, message } of found) {
        expect(direction).toBe(story.direction ?? 'up');
        expect(message).not.toContain('\n');
      }
      if (typeof story.mended === 'string') expect(found.every(({ patch }) => patch !== null)).toBe(true);
      const steps = [...mended.keys()].filter((key) => key.startsWith(`${number} mended`));
      expect(steps).not.toEqual([]);
      for (const step of steps) expect(messages(mended, step.slice(`${number} `.length)), step).toEqual([]);
    });
  },
);

test('a migration that does nothing of the kind is quiet for every rule', () => {
  const migration = faulty.get('-1 untouched');
  if (migration === undefined) throw new Error('it was not recorded');
  expect(rules.flatMap((rule) => rule.check(migration, context))).toEqual([]);
});

test('every rule has a story', () => {
  // A migration that fails can share its database with no other: test/migrate/lint/failing.test.ts.
  const elsewhere = ['down-fails', 'up-again-fails', 'up-fails'];
  const told = new Set([...elsewhere, ...stories.map(({ rule }) => rule)]);
  expect([...told].sort()).toEqual(rules.map(({ name }) => name));
});
