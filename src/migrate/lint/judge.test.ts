import { expect, test } from 'vitest';
import type { Catalog } from '../../catalog/model.ts';
import { failing } from '../../findings/finding.ts';
import { noDirectives } from '../migration.ts';
import type { JudgeOptions } from './judge.ts';
import { judge } from './judge.ts';
import type { RecordedMigration, RecordedStatement } from './recording.ts';
import type { LintRule } from './rule.ts';

/** Finds every statement that locks a table. */
const locking: LintRule = {
  name: 'locking',
  severity: 'error',
  summary: 'A table is locked.',
  explanation: 'Others wait.',
  check: ({ up }) =>
    up.statements.flatMap((statement) =>
      statement.locks.map(({ relation }) => ({
        direction: 'up' as const,
        statement,
        location: null,
        object: relation,
        message: `${relation} is locked`,
        patch: null,
      })),
    ),
};
const opted: LintRule = { ...locking, name: 'opted', optIn: true, severity: 'notice' };

const statement: RecordedStatement = {
  ordinal: 1,
  sql: 'alter table orders add x int',
  location: { file: '/app/migrations/1_orders.up.sql', line: 1, column: 1 },
  parsed: [],
  transactional: true,
  durationMs: 1,
  locks: [
    { relation: 'public.orders', mode: 'ACCESS EXCLUSIVE', blocks: 'reads and writes', heldForStatements: 0 },
    { relation: 'public.lines', mode: 'ACCESS EXCLUSIVE', blocks: 'reads and writes', heldForStatements: 0 },
  ],
  rewritten: [],
  scanned: [],
  indexesBuilt: [],
  validated: [],
  notices: [],
};

function migration(allow: readonly { rule: string; why: string }[] = [], statements = [statement]): RecordedMigration {
  const checksum = { raw: '', normalized: '' };
  const file = {
    name: '1_orders',
    version: '1',
    kind: 'sql' as const,
    file: '/app/migrations/1_orders.up.sql',
    up: checksum,
    down: null,
    sql: null,
    downText: null,
    missingDown: null,
    directives: {
      ...noDirectives,
      allow: allow.map((one, line) => ({
        ...one,
        location: { file: '/app/migrations/1_orders.up.sql', line: line + 1, column: 1 },
      })),
    },
  };
  const catalog = {} as Catalog;
  return { file, up: { file, direction: 'up', statements, before: catalog, after: catalog }, down: null, failed: null };
}

function findings(recorded: RecordedMigration, options: Partial<JudgeOptions> = {}) {
  return judge([recorded], {
    rules: [locking, opted],
    levels: {},
    context: { exposedSchemas: [], clientRoles: [], lockTimeoutMs: null, statementTimeoutMs: null, stats: null },
    stats: null,
    allow: [],
    configFile: null,
    names: ['1_orders', '2_lines'],
    complete: true,
    ...options,
  }).findings;
}

const inShort = (all: ReturnType<typeof findings>) =>
  all.map(
    ({ key, severity, accepted }) =>
      `${severity} ${key}${accepted === null ? '' : ` (${accepted.where}: ${accepted.why})`}`,
  );

test('a finding has a key of its own, and the same from run to run', () => {
  expect(inShort(findings(migration()))).toEqual([
    'error locking:1_orders:public.orders',
    'error locking:1_orders:public.lines',
  ]);
  expect(inShort(findings(migration([], [statement, { ...statement, ordinal: 2 }])))).toEqual([
    'error locking:1_orders:public.orders',
    'error locking:1_orders:public.lines',
    'error locking:1_orders:public.orders#2',
    'error locking:1_orders:public.lines#2',
  ]);
});

test('the config decides on severities, and turns on what is off by itself', () => {
  const given = findings(migration([], [{ ...statement, locks: statement.locks.slice(0, 1) }]), {
    levels: { locking: 'notice', opted: 'warning' },
  });
  expect(inShort(given)).toEqual(['notice locking:1_orders:public.orders', 'warning opted:1_orders:public.orders']);
  expect(failing(given)).toHaveLength(1);
  expect(findings(migration(), { levels: { locking: 'off' } })).toEqual([]);
});

test('what is allowed in the file or the config is told as accepted, and fails nothing', () => {
  const inFile = findings(migration([{ rule: 'locking', why: 'at night' }]));
  expect(inShort(inFile)).toEqual([
    'error locking:1_orders:public.orders (file: at night)',
    'error locking:1_orders:public.lines (file: at night)',
  ]);
  expect(failing(inFile)).toEqual([]);
  const inConfig = findings(migration(), { allow: [{ rule: 'locking', object: 'public.lines', why: 'small' }] });
  expect(inShort(inConfig)).toEqual([
    'error locking:1_orders:public.orders',
    'error locking:1_orders:public.lines (config: small)',
  ]);
});

test('an allowance of the config may be of one migration, and of one object there', () => {
  const allow = [{ rule: 'locking', migration: '1_orders', object: 'public.lines', why: 'small' }];
  expect(inShort(findings(migration(), { allow }))).toEqual([
    'error locking:1_orders:public.orders',
    'error locking:1_orders:public.lines (config: small)',
  ]);
  const elsewhere = findings(migration(), { allow: [{ rule: 'locking', migration: '2_lines', why: 'small' }] });
  expect(inShort(elsewhere)).toEqual([
    'error locking:1_orders:public.orders',
    'error locking:1_orders:public.lines',
    'warning unused-allowance:config:2_lines:locking',
  ]);
});

test('an allowance that allows nothing is a finding, with a key of its own', () => {
  const about = { rule: 'locking', why: 'it was there' };
  const allow = [
    { ...about },
    { ...about, object: 'public.gone' },
    { ...about, migration: '1_orders', object: 'public.gone' },
    { ...about, migration: '2_lines' },
    { ...about, migration: '1_order' },
  ];
  const idle = migration([
    { rule: 'opted', why: 'why' },
    { rule: 'opted', why: 'why' },
    { rule: 'locking', why: 'all' },
  ]);
  const unused = (options: Partial<JudgeOptions>) =>
    findings(idle, options).filter(({ rule }) => rule === 'unused-allowance');
  const messages = (options: Partial<JudgeOptions>) =>
    unused(options).map(({ severity, message }) => `${severity}: ${message}`);
  const inFile = ['warning: "opted" is allowed, but it finds nothing here'];
  const told = [
    'warning: "locking" is allowed, but it finds nothing about public.gone in 1_orders',
    'warning: "locking" is allowed, but there is no migration "1_order"; did you mean "1_orders"?',
  ];
  expect(messages({ allow })).toEqual([
    ...inFile,
    ...inFile,
    'warning: "locking" is allowed, but it finds nothing about public.gone',
    told[0],
    'warning: "locking" is allowed, but it finds nothing in 2_lines',
    told[1],
  ]);
  // Of a part of the folder nobody can tell what the rest would match.
  expect(messages({ allow, complete: false })).toEqual([...inFile, ...inFile, ...told]);
  expect(messages({ levels: { 'unused-allowance': 'off' } })).toEqual([]);
  expect(unused({ allow }).map(({ key }) => key.replace('unused-allowance:', ''))).toEqual([
    '1_orders:opted',
    '1_orders:opted#2',
    'config:public.gone:locking',
    'config:1_orders:public.gone:locking',
    'config:2_lines:locking',
    'config:1_order:locking',
  ]);
  expect(unused({})[1]?.location).toMatchObject({ line: 2 });
});
