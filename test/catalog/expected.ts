/** What `everything` has to be read as: written by hand, one by one. What is not said here is as in `plain…`. */
import type { Catalog, Column, Grant, Relation } from '../../src/catalog/model.ts';
import { rolesOf } from './everything.ts';

const oddTable = '"Odd Schema"."Odd ""table"". é"';

const grant = (
  grantee: string,
  privileges: readonly string[],
  grantor = 'postgres',
  grantable: readonly string[] = [],
) => ({ grantee, grantor, privileges, grantable }) satisfies Grant;
const usage = (grantee: string) => grant(grantee, ['USAGE']);
const execute = (grantee: string) => grant(grantee, ['EXECUTE']);

const ownersOfTables = (major: number): readonly string[] => [
  'DELETE',
  'INSERT',
  ...(major >= 17 ? ['MAINTAIN'] : []),
  ...['REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'],
];

const plainColumn = {
  ...{ notNull: false, default: null, identity: null, generated: null, collation: null, storage: null },
  ...{ compression: null, statistics: null, options: [], foreignOptions: [], local: true, comment: null, grants: [] },
} as const;

const column = (
  relation: string,
  name: string,
  position: number,
  type: string,
  more: Partial<Column> = {},
): Column => ({
  ...{ relation, name, position, type, ...plainColumn },
  ...more,
});

const plainRelation: Omit<Relation, 'name' | 'id' | 'grants'> = {
  kind: 'table',
  persistence: 'permanent',
  ...{ schema: 'app', owner: 'postgres', comment: null, extension: null, accessMethod: 'heap', tablespace: null },
  ...{ options: [], rowSecurity: false, forceRowSecurity: false, replicaIdentity: 'default', inherits: [] },
  ...{ partitionKey: null, partitionBound: null, ofType: null, definition: null, populated: true },
  ...{ foreignServer: null, foreignOptions: [] },
};

/** Of the lists that everybody looks at, each object with every field. */
export function expectedRelations(word: string, major: number): readonly Relation[] {
  const { owner, reader } = rolesOf(word);
  const all = ownersOfTables(major);
  const relation = (name: string, more: Partial<Relation> = {}): Relation => ({
    ...plainRelation,
    ...{ name, id: `app.${name}`, grants: [grant('postgres', all)] },
    ...more,
  });
  const withoutStorage = { accessMethod: null, replicaIdentity: 'nothing' } as const;
  return [
    relation('Odd "table". é', { schema: 'Odd Schema', id: oddTable }),
    relation('base', { persistence: 'unlogged' }),
    relation('customers', {
      owner,
      grants: [grant(owner, all, owner), grant(reader, ['SELECT'], owner)],
      comment: 'People',
      options: ['fillfactor=70', 'toast.autovacuum_enabled=false'],
      rowSecurity: true,
      forceRowSecurity: true,
    }),
    relation('derived', { inherits: ['app.base'] }),
    relation('event_notes'),
    relation('events', { kind: 'partitioned table', accessMethod: null, partitionKey: 'RANGE (at)' }),
    relation('events_2026', {
      inherits: ['app.events'],
      partitionBound: "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
    }),
    relation('events_rest', { inherits: ['app.events'], partitionBound: 'DEFAULT' }),
    relation('far', {
      ...{ kind: 'foreign table', ...withoutStorage, foreignServer: 'elsewhere' },
      foreignOptions: ['table_name=far'],
    }),
    relation('moods', {
      ...{ kind: 'materialized view', populated: false },
      definition: viewText(major, [
        ' SELECT customers.mood,',
        '    count(*) AS n',
        '   FROM app.customers',
        '  GROUP BY customers.mood;',
      ]),
    }),
    ...(major >= 18 ? [relation('newest')] : []),
    relation('orders', { replicaIdentity: 'index orders_pkey' }),
    relation('sad_customers', {
      ...{ kind: 'view', ...withoutStorage },
      options: ['check_option=local', 'security_barrier=true', 'security_invoker=true'],
      definition: viewText(major, [
        ' SELECT customers.id,',
        '    customers."Full Name"',
        '   FROM app.customers',
        "  WHERE (customers.mood = 'sad'::app.mood);",
      ]),
    }),
    relation('typed', { ofType: 'app.point3' }),
  ];
}

/** From 16 on names are qualified only where there is more than one relation. */
const viewText = (major: number, lines: readonly string[]) =>
  lines.join('\n').replace(/(?<!app\.)customers\./g, (found) => (major >= 16 ? '' : found));

export function expectedColumns(word: string): readonly Column[] {
  const { odd, owner } = rolesOf(word);
  const c = 'app.customers';
  return [
    column(oddTable, 'select', 1, 'integer', { notNull: true }),
    column(oddTable, 'a.b', 2, 'text'),
    column(oddTable, "C'c", 3, 'text'),
    column(c, 'id', 1, 'bigint', { notNull: true, identity: 'always' }),
    column(c, 'email', 2, 'app.citext', { notNull: true }),
    column(c, 'mood', 3, 'app.mood', { default: "'happy'::app.mood" }),
    column(c, 'balance', 4, 'app.positive', { options: ['n_distinct=5'] }),
    column(c, 'Full Name', 5, 'text', { collation: '"C"', grants: [grant(odd, ['SELECT'], owner)] }),
    column(c, 'initials', 6, 'text', { default: '"left"("Full Name", 1)', generated: 'stored' }),
    column(c, 'note', 7, 'text', {
      ...{ storage: 'EXTERNAL', compression: 'pglz', statistics: 55, comment: 'Free' },
      grants: [grant(odd, ['UPDATE'], owner)],
    }),
    column('app.derived', 'a', 1, 'integer', { local: false }),
    column('app.derived', 'b', 2, 'text', { local: false }),
    column('app.derived', 'c', 3, 'integer'),
    column('app.far', 'id', 1, 'integer', { foreignOptions: ['column_name=ID'] }),
    column('app.far', 'v', 2, 'text'),
    column('app.typed', 'x', 1, 'double precision', { notNull: true }),
    column('app.typed', 'y', 2, 'double precision'),
    column('app.typed', 'Z z', 3, 'character varying(7)', { collation: '"C"' }),
  ];
}

type Lists = Partial<Record<keyof Catalog, readonly unknown[]>>;

/** The other lists, without what extensions made. */
export function expectedLists(word: string, major: number): Lists {
  const { owner, reader, odd } = rolesOf(word);
  const named = { comment: null, extension: null };
  const type = (name: string, more: object) => ({
    ...{ schema: 'app', name, id: `app.${name}`, owner: 'postgres', ...named },
    ...{ grants: [usage('postgres'), usage('public')], ...more },
  });
  const attribute = (name: string, text: string, more: object = {}) => ({
    ...{ name, type: text, collation: null, comment: null },
    ...more,
  });
  const other = (kind: string, id: string, definition: string, more: object = {}) => ({
    ...{ kind, id, owner: 'postgres', grants: [], ...named, definition },
    ...more,
  });
  return {
    memberships: [
      {
        ...{ role: owner, member: reader, grantor: 'postgres', admin: true },
        ...{ inherit: major >= 16 ? false : null, set: major >= 16 ? true : null },
      },
    ],
    types: [
      type('mood', {
        kind: 'enum',
        labels: ['sad', "it's ok", 'happy'],
        comment: 'How it goes',
        grants: [usage('postgres')],
      }),
      type('mood_range', {
        ...{ kind: 'range', subtype: 'app.mood', operatorClass: 'enum_ops', collation: null, canonical: null },
        ...{ subtypeDiff: 'app.mood_gap', multirange: 'app.mood_multirange' },
      }),
      type('point3', {
        kind: 'composite',
        attributes: [
          attribute('x', 'double precision', { comment: 'First' }),
          attribute('y', 'double precision'),
          attribute('Z z', 'character varying(7)', { collation: '"C"' }),
        ],
      }),
      type('positive', { kind: 'domain', base: 'numeric(10,2)', notNull: true, default: '1.5', collation: null }),
      type('shell', { kind: 'base', detail: 'shell' }),
      type('word', { kind: 'domain', base: 'text', notNull: false, default: null, collation: '"C"' }),
    ],
    rules: [
      {
        ...{ relation: 'app.orders', name: 'no_delete', enabled: 'origin', comment: 'Keeps' },
        definition: 'CREATE RULE no_delete AS\n    ON DELETE TO app.orders DO INSTEAD NOTHING;',
      },
    ],
    policies: [
      {
        ...{ relation: oddTable, name: `p "q" 'r'`, permissive: true, command: 'select', roles: ['public'] },
        ...{ using: '("select" > 0)', withCheck: null, comment: null },
      },
      {
        ...{ relation: 'app.customers', name: 'all_of_it', permissive: true, command: 'all', roles: ['public'] },
        ...{ using: 'true', withCheck: null, comment: null },
      },
      {
        ...{ relation: 'app.customers', name: 'own', permissive: false, command: 'update', roles: [odd, reader] },
        ...{ using: '(id = 1)', withCheck: '(note IS NOT NULL)', comment: 'Own' },
      },
    ],
    defaultPrivileges: [
      { role: owner, schema: null, objects: 'functions', grants: [grant(owner, ['EXECUTE'], owner)] },
      { role: owner, schema: 'app', objects: 'tables', grants: [grant(reader, ['SELECT'], owner)] },
    ],
    publications: [
      {
        ...{
          name: 'some_tables',
          owner: 'postgres',
          allTables: false,
          operations: ['insert', 'delete'],
          viaRoot: false,
        },
        ...{ generatedColumns: 'none', schemas: [], comment: 'Some' },
        tables: [
          { relation: 'app.customers', columns: ['email', 'id'], where: '(id > 5)' },
          { relation: 'app.events', columns: null, where: null },
        ],
      },
      {
        ...{ name: 'whole_schema', owner: 'postgres', allTables: false, viaRoot: true, generatedColumns: 'none' },
        ...{ operations: ['insert', 'update', 'delete', 'truncate'], schemas: ['app'], tables: [], comment: null },
      },
    ],
    eventTriggers: [
      {
        ...{
          name: 'watch',
          owner: 'postgres',
          event: 'ddl_command_end',
          function: 'app.on_ddl()',
          enabled: 'disabled',
        },
        ...{ tags: ['CREATE TABLE', 'DROP TABLE'], comment: 'Watches', extension: null },
      },
    ],
    foreignDataWrappers: [
      {
        ...{ name: 'plain_wrapper', owner: 'postgres', grants: [usage('postgres')], ...named },
        ...{ handler: null, validator: null, options: ['level=3'] },
      },
    ],
    foreignServers: [
      {
        ...{
          name: 'elsewhere',
          owner: 'postgres',
          grants: [usage('postgres'), usage(reader)],
          ...named,
          comment: 'Far',
        },
        ...{ wrapper: 'postgres_fdw', type: 'pg', version: '9', options: ['dbname=x', 'host=db.example'] },
      },
    ],
    userMappings: [
      { server: 'elsewhere', role: 'public', options: [] },
      { server: 'elsewhere', role: reader, options: ['password', 'user'] },
    ],
    statistics: [
      {
        ...{ schema: 'app', name: 'pairs', id: 'app.pairs', owner: 'postgres', relation: 'app.orders', target: 77 },
        definition: 'CREATE STATISTICS app.pairs (ndistinct, dependencies) ON id, customer_id FROM app.orders',
        comment: 'Together',
      },
    ],
    others: [
      other('access method', 'heap2', 'type = t, handler = heap_tableam_handler(internal)', { owner: null }),
      other('cast', '(app.mood AS app.point3)', 'method = i, context = a', { owner: null }),
      other('collation', 'app.german', 'provider = i, locale = de, nondeterministic', { comment: 'Deutsch' }),
      other(
        'conversion',
        'app.conv',
        'from = LATIN1, to = UTF8, function = iso8859_1_to_utf8(integer,integer,cstring,internal,integer,boolean)',
      ),
      other('function', 'pg_catalog.pg_reload_conf()', '', { grants: [execute('postgres'), execute(reader)] }),
      other('language', 'fake', 'untrusted, handler = plpgsql_call_handler()', {
        grants: [usage('postgres'), usage('public')],
      }),
      other(
        'operator',
        'app.===(app.point3,app.point3)',
        'function = app.same(app.point3,app.point3), result = boolean, commutator = app.===(app.point3,app.point3)',
      ),
      other('operator family', 'app.fam USING btree', ''),
      expectTextSearch,
      other('text search dictionary', 'app.plain', "template = pg_catalog.simple, accept = 'false'"),
    ],
  };
}

/** Its mappings are the server's: only that they are there. */
const expectTextSearch = {
  asymmetricMatch: (given: unknown) => {
    const { kind, id, definition } = given as Catalog['others'][number];
    return (
      kind === 'text search configuration' &&
      id === 'app.english' &&
      definition.includes('asciiword 1 = english_stem, email 1 = simple')
    );
  },
};
