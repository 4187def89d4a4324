/** What the demo shows of lint: an unsafe migration, which no file has, is caught before anybody runs it. */

import { failing } from '../findings/finding.ts';
import type { VerbContext } from '../postgres/target.ts';
import { judge } from './lint/judge.ts';
import type { RecordOptions } from './lint/record/record.ts';
import { recordMigrations } from './lint/record/record.ts';
import { rules } from './lint/rules/index.ts';
import { toMigration } from './migration-file.ts';

const name = '20990101000000_support_notes';
const unsafe = {
  up: `create table public.support_notes (id bigint generated always as identity primary key, user_id uuid, body text);
create index profiles_by_name on public.profiles (display_name);
`,
  down: `drop index public.profiles_by_name;
drop table public.support_notes;
`,
};
/** What has to be found. */
const expected = ['table-without-row-security', 'index-blocks-writes'];

/** On the demo's database, all migrations applied; it is left as it was. */
export async function showLint(context: VerbContext, options: RecordOptions): Promise<string> {
  const texts = new Map([
    [`${name}.up.sql`, unsafe.up],
    [`${name}.down.sql`, unsafe.down],
  ]);
  const file = toMigration('/demo', `${name}.up.sql`, texts);
  if (file === null) throw new Error('the unsafe migration of the demo is no migration');
  const recorded = await recordMigrations(
    context,
    [{ migration: { ...file, module: null }, record: 'up and down' }],
    options,
  );
  const { findings } = judge(recorded, {
    rules,
    levels: {},
    context: {
      exposedSchemas: ['public'],
      clientRoles: ['anon', 'authenticated'],
      lockTimeoutMs: options.lockTimeoutMs,
      statementTimeoutMs: null,
      stats: null,
    },
    stats: null,
    allow: [],
    configFile: null,
    names: [],
    complete: false,
  });
  const caught = failing(findings).map(({ rule }) => rule);
  const missed = expected.filter((rule) => !caught.includes(rule));
  if (missed.length > 0) throw new Error(`lint did not find ${missed.join(', ')}`);
  return `an unsafe migration is caught before it runs: ${expected.join(', ')}`;
}
