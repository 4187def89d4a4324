/** Every relation, every command, with and without WHERE and RETURNING, as everybody and with every kind of claims. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../src/postgres/actor.ts';
import { sqlstateOf } from '../platform/attempt.ts';
import type { Reach, Reaches, RelationAccess } from './access-matrix.ts';
import { accessMatrix } from './access-matrix.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';
import type { People } from './settled-people.ts';
import { settle } from './settled-people.ts';

const refused = '42501';
const malformed = '22P02';

interface Statement {
  readonly name: string;
  readonly sql: string;
  readonly reaches: Reaches;
  /** The one row that its WHERE leaves; null: none at all. */
  readonly only?: string | null;
}

// In the mode that leaves more behind; grants.test.ts shows that after the migrations nothing is different.
describe('with legacy default privileges', () => {
  let reference: ReferenceDatabase;
  let people: People;
  let restricted: string;
  beforeAll(async () => {
    reference = await referenceDatabase({ defaultPrivileges: 'legacy' });
    people = await settle(reference);
    const { rows } = await reference.sql.query<{ major: number }>(
      `select current_setting('server_version_num')::int / 10000 as major`,
    );
    restricted = (rows[0]?.major ?? 0) >= 18 ? '23001' : '23503';
  });
  afterAll(() => reference.db.drop());

  /** `{ada}` stands for an id, `{me}` for the actor's own, or ada's. */
  const write = (sql: string, me: unknown = people.ada) =>
    sql.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      String(name === 'me' ? me : (people[name as keyof People] ?? name)),
    );

  /** Labels of the rows that it answers, else how many it touched, else the SQLSTATE. */
  const answerOf = async (actor: Actor, sql: string): Promise<readonly string[] | number | string> => {
    try {
      const { rows, rowCount } = await reference.as(actor, write(sql, actor.claims?.sub));
      return answersRows(sql) ? rows.map(({ label }) => String(label)).sort() : rowCount;
    } catch (error) {
      return sqlstateOf(error);
    }
  };

  describe.each(accessMatrix.map((access) => [access.relation, access] as const))('%s', (_, access) => {
    let everything: readonly string[];
    beforeAll(async () => {
      const { rows } = await reference.sql.query<{ label: string }>(
        write(`select ${access.row} as label from ${access.relation}`),
      );
      everything = rows.map(({ label }) => label).sort();
    });

    it('has rows of more than one person to meet', () => {
      expect(new Set(everything).size).toBeGreaterThan(1);
    });

    it.each(statementsOn(access).map((statement) => [statement.name, statement] as const))(
      '%s',
      async (__, statement) => {
        const { sql, reaches, only } = statement;
        const expected = (reach: string): readonly string[] | number | string => {
          if (reach === '-') return refused;
          if (reach === 'restricted') return restricted;
          if (isSqlstate(reach)) return reach;
          const rows = everything.filter((label) => reach === '*' || reach.split(' ').includes(label));
          const met = only === undefined ? rows : rows.filter((label) => label === only);
          return answersRows(sql) ? met : met.length;
        };
        for (const [as, who, actor] of actors(people)) {
          expect(await answerOf(actor, sql), who).toEqual(expected(reaches[as] ?? reaches.nobody));
        }
        const harmless = expected(reaches.nobody);
        for (const actor of unreadable) {
          const answer = await answerOf(actor, sql);
          const who = String(actor.settings?.['request.jwt.claims']);
          // Either the claims are an error, or they are not looked at and give what nobody has.
          if (answer !== malformed) expect(answer, who).toEqual(harmless);
        }
      },
    );

    it.each(insertsInto(access).map((statement) => [statement.name, statement] as const))(
      '%s',
      async (__, statement) => {
        for (const [as, who, actor] of actors(people)) {
          const reach = statement.reaches[as] ?? statement.reaches.nobody;
          const expected = reach === '-' ? refused : isSqlstate(reach) ? reach : 1;
          expect(await answerOf(actor, statement.sql), who).toEqual(expected);
        }
        for (const actor of unreadable) {
          expect([malformed, refused, statement.reaches.nobody]).toContain(await answerOf(actor, statement.sql));
        }
      },
    );
  });
});

const isSqlstate = (reach: string) => /^(?:\d\d|PT)[0-9A-Z]{3}$/.test(reach);
const answersRows = (sql: string) => /^select|returning .* as label$/.test(sql);

function actors({ ada, bob }: People): readonly (readonly [keyof Reaches, string, Actor])[] {
  const signedIn = (claims: Readonly<Record<string, unknown>>): Actor => ({ role: 'authenticated', claims });
  const raw = (role: string, claims: string): Actor => ({ role, settings: { 'request.jwt.claims': claims } });
  return [
    ['anon', 'anon', { role: 'anon' }],
    ['anon', 'anon with the subject of ada', { role: 'anon', claims: { sub: ada } }],
    ['ada', 'ada', signedIn({ sub: ada, is_anonymous: false })],
    ['bob', 'bob', signedIn({ sub: bob, is_anonymous: false })],
    ['nobody', 'no subject', signedIn({})],
    ['outlived', 'a subject nobody has', signedIn({ sub: '00000000-0000-4000-8000-000000000000' })],
    ['nobody', 'no claims', raw('authenticated', '')],
    ['nobody', 'claims without anything', raw('authenticated', '{}')],
    ['service', 'service_role', { role: 'service_role' }],
    ['service', 'service_role without claims', raw('service_role', '')],
  ];
}

const unreadable: readonly Actor[] = ['{', 'ada', '"', '{"sub": "ada"}', '{"sub": ""}'].map((claims) => ({
  role: 'authenticated',
  settings: { 'request.jwt.claims': claims },
}));

function statementsOn({ relation, row, set, one = 'bob', ...access }: RelationAccess): readonly Statement[] {
  const label = `returning ${row} as label`;
  const where = `where ${row} = '${one}'`;
  const merge = `merge into ${relation} as t using (values (1)) as one on ${row} = '${one}' when matched then update set ${set}`;
  const truncate = { anon: '-', ada: '-', bob: '-', nobody: '-', service: '-' };
  const { select: reads, update: updates, delete: deletes } = access;
  const within = (rows: Reach) => rows === '*' || rows.split(' ').includes(one);
  // Other than UPDATE, which passes over it, MERGE is refused at a row that may be read and not changed.
  const merges = (as: keyof Reaches) => {
    const [read, written] = [reads[as] ?? reads.nobody, updates[as] ?? updates.nobody];
    return within(read) && !within(written) ? '-' : written;
  };
  return [
    { name: 'select', sql: `select ${row} as label from ${relation}`, reaches: reads },
    { name: 'select where', sql: `select ${row} as label from ${relation} ${where}`, reaches: reads, only: one },
    { name: 'update', sql: `update ${relation} set ${set}`, reaches: updates },
    { name: 'update where', sql: `update ${relation} set ${set} ${where}`, reaches: updates, only: one },
    { name: 'update returning', sql: `update ${relation} set ${set} ${label}`, reaches: updates },
    {
      name: 'update where returning',
      sql: `update ${relation} set ${set} ${where} ${label}`,
      reaches: updates,
      only: one,
    },
    ...(access.view === true
      ? []
      : [
          {
            name: 'merge',
            sql: merge,
            reaches: {
              anon: merges('anon'),
              ada: merges('ada'),
              bob: merges('bob'),
              nobody: merges('nobody'),
              outlived: merges('outlived'),
              service: merges('service'),
            },
            only: one,
          },
        ]),
    { name: 'delete', sql: `delete from ${relation}`, reaches: deletes },
    { name: 'delete where', sql: `delete from ${relation} ${where}`, reaches: deletes, only: one },
    { name: 'delete returning', sql: `delete from ${relation} ${label}`, reaches: deletes },
    { name: 'delete where returning', sql: `delete from ${relation} ${where} ${label}`, reaches: deletes, only: one },
    ...(access.view === true ? [] : [{ name: 'truncate', sql: `truncate ${relation} cascade`, reaches: truncate }]),
  ];
}

function insertsInto({ relation, insert, inserts }: RelationAccess): readonly Statement[] {
  const spoofed = insert.replaceAll('{me}', '{cleo}');
  const foreign = { ...inserts, ada: '-', bob: '-', nobody: '-', outlived: '-' };
  return [
    { name: 'insert', sql: `insert into ${relation} ${insert}`, reaches: inserts },
    { name: 'insert returning', sql: `insert into ${relation} ${insert} returning 1`, reaches: inserts },
    ...(spoofed === insert
      ? []
      : [
          { name: 'insert for somebody else', sql: `insert into ${relation} ${spoofed}`, reaches: foreign },
          {
            name: 'insert for somebody else, returning',
            sql: `insert into ${relation} ${spoofed} returning 1`,
            reaches: foreign,
          },
        ]),
  ];
}
