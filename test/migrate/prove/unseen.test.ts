/** What could go unseen: a loss where no row has a value, rows that do not stay, tables with too many of them. */
import { beforeAll, expect, it } from 'vitest';
import type { MigrationFile } from '../../../src/migrate/migration.ts';
import { proveMigrations } from '../../../src/migrate/prove/prove.ts';
import type { MigrationProof } from '../../../src/migrate/prove/report.ts';
import { migrateOptions, pair, testGround } from './proving.ts';

/** In their order: each begins where the one before it ended. */
const pairs: readonly (readonly [name: string, up: string, down: string])[] = [
  [
    'people',
    `create table people (id bigint primary key, name text); create table settings (key text primary key);`,
    '-- dbkit:lossy all\ndrop table people, settings;',
  ],
  ['length', 'alter table people add length numeric;', '-- dbkit:lossy it\nalter table people drop length;'],
  ['rounded', 'alter table people alter length type numeric(40, 1);', 'alter table people alter length type numeric;'],
  [
    'swallowed',
    `create table swallowed (id int);
     create function swallow() returns trigger language plpgsql as 'begin return null; end';
     create trigger swallow before insert on swallowed for each row execute function swallow();`,
    'drop table swallowed; drop function swallow();',
  ],
  [
    'passed_over',
    'create table passed_over (id int); create rule no as on insert to passed_over do instead nothing;',
    'drop table passed_over;',
  ],
  ['seeded', `insert into settings values ('colour') on conflict do nothing;`, 'select 1;'],
  [
    'places',
    'create table places (id bigint primary key); insert into places select * from generate_series(1, 50100);',
    '-- dbkit:lossy all\ndrop table places;',
  ],
  ['fewer', 'select 1;', 'delete from places where id = 7;'],
  [
    'others',
    'alter table places rename id to number;',
    'update places set number = -number where number = 8; alter table places rename number to id;',
  ],
];

let proofs: ReadonlyMap<string, MigrationProof>;

function proofOf(name: string): MigrationProof | undefined {
  return proofs.get(name);
}

beforeAll(async () => {
  const files: readonly MigrationFile[] = pairs.map(([name, up, down], at) => pair(`${10 + at}_${name}`, up, down));
  const options = { migrate: { ...migrateOptions('/nowhere'), files }, proofs: null };
  const { migrations } = await proveMigrations(options, testGround());
  proofs = new Map(migrations.map((proof) => [proof.name.slice(3), proof]));
}, 30_000);

it('a column that lost its values to one proof has values again in the next', () => {
  expect(proofOf('length')).toMatchObject({ status: 'lossy' });
  expect(proofOf('rounded')).toMatchObject({
    status: 'failed',
    losses: expect.arrayContaining([expect.objectContaining({ table: 'public.people', column: 'length' })]),
  });
});

it.each(['swallowed', 'passed_over'])('a table where no row stays is not proven with rows: %s', (table) => {
  const why = 'rows were written to it, and none stayed: a trigger or a rule takes them';
  expect(proofOf(table)).toMatchObject({ status: 'proven', withoutRows: [{ table: `public.${table}`, why }] });
});

it('rows of the up that its down leaves are told', () => {
  expect(proofOf('seeded')).toMatchObject({
    status: 'proven',
    notes: [`the down leaves 1 of the rows that the up makes in public.settings: key='colour'`],
  });
});

it('of a table with too many rows it is certain that some are gone where fewer are left', () => {
  expect(proofOf('fewer')).toMatchObject({
    status: 'failed',
    losses: [{ table: 'public.places', column: null, rows: 1, by: 'up and down' }, { by: 'down and up' }],
  });
});

it('and nothing is said to be proven where they are others', () => {
  expect(proofOf('others')).toMatchObject({
    status: 'inconclusive',
    reason: 'the rows of public.places are others, and too many to be compared one by one',
  });
});
