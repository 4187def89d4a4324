/** Holds a catalog of `everything` against what was expected of it, in any major. */
import { expect } from 'vitest';
import type { Catalog } from '../../src/catalog/model.ts';
import { rolesOf } from './everything.ts';
import { expectedColumns, expectedLists, expectedRelations } from './expected.ts';

export function assertEverything(catalog: Catalog, word: string, major: number): void {
  expect(catalog.major).toBe(major);
  expect(catalog.relations).toEqual(expectedRelations(word, major));
  const columns = expectedColumns(word);
  const asserted = new Set(columns.map(({ relation }) => relation));
  expect(catalog.columns.filter(({ relation }) => asserted.has(relation))).toEqual(columns);
  for (const [list, expected] of Object.entries(expectedLists(word, major))) {
    const objects = catalog[list as 'types'].filter((one) => (one.extension ?? null) === null);
    expect({ [list]: objects }).toEqual({ [list]: expected });
  }
  assertCluster(catalog, word);
  assertConstraints(catalog, major);
  assertIndexes(catalog);
  assertSequences(catalog);
  assertRoutines(catalog);
  assertTriggers(catalog);
}

function assertCluster(catalog: Catalog, word: string): void {
  const { owner, reader, odd } = rolesOf(word);
  expect(catalog.database).toMatchObject({
    settings: ['app.flavour=plain', 'app.jwt_secret=<not read>'],
    comment: 'All kinds',
  });
  expect(catalog.database.grants.find(({ grantee }) => grantee === owner)?.privileges).toEqual(['CREATE']);
  const role = (name: string) => catalog.roles.find((one) => one.name === name);
  const plain = { superuser: false, createRole: false, replication: false };
  expect(role(owner)).toMatchObject({ ...plain, createDatabase: true, canLogin: false, connectionLimit: 7 });
  expect(role(odd)).toMatchObject({ ...plain, bypassRowSecurity: true, inherit: true, validUntil: null });
  expect(role(reader)).toMatchObject({
    ...{ ...plain, canLogin: true, inherit: false, validUntil: '2040-01-02T03:04:05Z', comment: 'Reads' },
    settings: ['app.api_key=<not read>', 'database: statement_timeout=3s', 'search_path=app, public'],
  });
  expect(catalog.schemas.map(({ name }) => name)).toEqual(['Odd Schema', 'app', 'public']);
  expect(catalog.schemas[1]).toMatchObject({ owner, comment: 'The application', extension: null });
  expect(catalog.schemas[1]?.grants.map(({ grantee, grantable }) => [grantee, grantable])).toEqual([
    [odd, ['USAGE']],
    [owner, []],
    [reader, ['USAGE']],
  ]);
  expect(catalog.extensions.map(({ name, schema }) => `${name} ${schema}`)).toEqual([
    ...['citext app', 'plpgsql pg_catalog', 'postgres_fdw public'],
  ]);
}

/** Name: definition, and what stands apart from the definition. */
function assertConstraints(catalog: Catalog, major: number): void {
  const told = catalog.constraints
    .filter(({ kind }) => kind !== 'not null')
    .map((one) => `${one.parent} ${one.name}: ${one.definition}`);
  expect(told).toEqual([
    '"Odd Schema"."Odd ""table"". é" Odd "table". é_pkey: PRIMARY KEY ("select")',
    'app.customers customers_email_key: UNIQUE (email)',
    'app.customers customers_pkey: PRIMARY KEY (id)',
    "app.customers later: CHECK ((note <> 'x'::text)) NOT VALID",
    "app.customers sane: CHECK (((id > 0) AND (note <> ''::text))) NO INHERIT",
    'app.event_notes event_notes_event_id_at_fkey: FOREIGN KEY (event_id, at) REFERENCES app.events(id, at)',
    'app.events events_pkey: PRIMARY KEY (id, at)',
    'app.events_2026 events_2026_pkey: PRIMARY KEY (id, at)',
    'app.events_rest events_rest_pkey: PRIMARY KEY (id, at)',
    ...(major >= 18 ? ['app.newest loose: CHECK ((id > 1)) NOT ENFORCED'] : []),
    'app.orders codes: UNIQUE NULLS NOT DISTINCT (code) INCLUDE (span)',
    'app.orders no_overlap: EXCLUDE USING gist (span WITH &&)',
    'app.orders of_customer: FOREIGN KEY (customer_id) REFERENCES app.customers(id) ON UPDATE RESTRICT ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID',
    'app.orders orders_pkey: PRIMARY KEY (id)',
    'app.positive above_zero: CHECK ((VALUE > (0)::numeric))',
    'app.typed typed_pkey: PRIMARY KEY (x)',
  ]);
  const one = (wanted: string) => catalog.constraints.find(({ name }) => name === wanted);
  expect(one('of_customer')).toMatchObject({
    ...{ on: 'table', kind: 'foreign key', columns: ['customer_id'], deferrable: true, initiallyDeferred: true },
    references: { relation: 'app.customers', columns: ['id'], onDelete: 'CASCADE', onUpdate: 'RESTRICT' },
    ...{ validated: false, enforced: true, local: true, comment: null },
  });
  expect(one('sane')).toMatchObject({ columns: ['id', 'note'], noInherit: true, comment: 'Sane', references: null });
  expect(one('events_2026_pkey')).toMatchObject({ kind: 'primary key', local: false });
  expect(one('above_zero')).toMatchObject({ on: 'domain', kind: 'check', columns: [] });
  const notNull = catalog.constraints.filter(({ kind }) => kind === 'not null');
  if (major < 18) expect(notNull).toEqual([]);
  else {
    expect(one('loose')).toMatchObject({ enforced: false, validated: false });
    expect(one('there')).toMatchObject({ parent: 'app.newest', definition: 'NOT NULL id', columns: ['id'] });
    expect(catalog.columns.find(({ name }) => name === 'twice')).toMatchObject({
      generated: 'virtual',
      default: '(id * 2)',
    });
  }
}

function assertIndexes(catalog: Catalog): void {
  const one = (wanted: string) => catalog.indexes.find(({ name }) => name === wanted);
  expect(one('by_code')).toEqual({
    ...{ relation: 'app.orders', name: 'by_code', id: 'app.by_code', method: 'btree', columns: [null, 'customer_id'] },
    definition:
      "CREATE INDEX by_code ON app.orders USING btree (lower(code), customer_id DESC) INCLUDE (span) WITH (fillfactor='60') WHERE (id > 5)",
    ...{ included: ['span'], predicate: '(id > 5)', unique: false, nullsNotDistinct: false, valid: true },
    ...{ clustered: false, replicaIdentity: false, tablespace: null, statistics: ['1=500'], constraint: null },
    ...{ parent: null, comment: 'Finds' },
  });
  expect(one('orders_pkey')).toMatchObject({ clustered: true, replicaIdentity: true, constraint: 'orders_pkey' });
  expect(one('codes')).toMatchObject({ unique: true, nullsNotDistinct: true, included: ['span'], constraint: 'codes' });
  expect(one('events_2026_note_idx')).toMatchObject({ parent: 'app.by_note', relation: 'app.events_2026' });
  expect(one('events_2026_pkey')).toMatchObject({ parent: 'app.events_pkey', constraint: 'events_2026_pkey' });
  expect(one('odd index')).toMatchObject({
    relation: '"Odd Schema"."Odd ""table"". é"',
    id: '"Odd Schema"."odd index"',
  });
  expect(one('customers_pkey')).toMatchObject({ constraint: 'customers_pkey' });
}

function assertSequences(catalog: Catalog): void {
  const base = { persistence: 'permanent', comment: null, extension: null };
  expect(catalog.sequences).toMatchObject([
    {
      ...{ id: 'app.customers_id_seq', type: 'bigint', start: '10', increment: '5', cache: '3', cycle: false, ...base },
      ...{ minimum: '1', maximum: '9223372036854775807', ownedBy: 'app.customers.id', identity: true },
    },
    {
      ...{ id: 'app.tickets', type: 'smallint', start: '5', increment: '2', cache: '4', cycle: true, ...base },
      ...{ minimum: '3', maximum: '99', ownedBy: 'app.orders.code', identity: false },
    },
  ]);
}

function assertRoutines(catalog: Catalog): void {
  const own = catalog.routines.filter(({ extension }) => extension === null);
  expect(own.map(({ id }) => id)).toEqual([
    `"Odd Schema"."f""n"("Odd Schema"."Odd ""table"". é")`,
    'app.mood_gap(app.mood, app.mood)',
    'app.on_ddl()',
    'app.product(numeric)',
    'app.same(app.point3, app.point3)',
    'app.tidy(integer)',
    'app.total(numeric, integer)',
    'app.touch()',
    'app.words(character varying[])',
  ]);
  const one = (wanted: string) => own.find(({ name }) => name === wanted);
  expect(one('total')).toMatchObject({
    ...{
      kind: 'function',
      arguments: 'amount numeric, factor integer DEFAULT 2, OUT whole numeric',
      result: 'numeric',
    },
    ...{
      language: 'sql',
      securityDefiner: true,
      volatility: 'stable',
      strict: true,
      leakproof: true,
      parallel: 'safe',
    },
    ...{ cost: 7, rows: 0, support: null, settings: ['search_path=pg_catalog, pg_temp'], transforms: [] },
    ...{ body: 'select amount * factor', comment: 'Multiplies' },
  });
  expect(one('total')?.definition).toMatch(/^CREATE OR REPLACE FUNCTION app\.total\(amount numeric/);
  expect(one('words')).toMatchObject({
    ...{ arguments: 'VARIADIC character varying[]', result: 'SETOF text', rows: 33 },
    body: "BEGIN ATOMIC\n SELECT 'a'::text AS text;\nEND",
  });
  expect(one('tidy')).toMatchObject({ kind: 'procedure', arguments: 'INOUT n integer', result: null });
  expect(one('product')).toMatchObject({ kind: 'aggregate', definition: null, result: 'numeric' });
  expect(one('product')?.body).toBe(
    "kind = n, sfunc = numeric_mul, stype = numeric, initcond = '1', finalfunc_modify = r, combinefunc = numeric_mul, mfinalfunc_modify = r, sortop = >(numeric,numeric)",
  );
  expect(one('touch')?.grants.map(({ grantee }) => grantee)).toEqual(['postgres']);
}

function assertTriggers(catalog: Catalog): void {
  const row = 'FOR EACH ROW';
  expect(catalog.triggers).toMatchObject([
    { relation: 'app.events', name: 'touched', local: true, enabled: 'origin' },
    { relation: 'app.events_2026', name: 'touched', local: false },
    { relation: 'app.events_rest', name: 'touched', local: false },
    {
      ...{ relation: 'app.orders', name: 'touched', function: 'app.touch()', enabled: 'always', local: true },
      definition: `CREATE TRIGGER touched BEFORE UPDATE OF code ON app.orders ${row} WHEN ((old.code IS DISTINCT FROM new.code)) EXECUTE FUNCTION app.touch()`,
      ...{ comment: 'Touches', extension: null },
    },
  ]);
}
