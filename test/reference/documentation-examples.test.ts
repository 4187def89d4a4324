/** The examples of the pages: SQL and Kysely run, each as whom it names, and leave nothing behind; supabase-js is compiled. */
import type { Kysely } from 'kysely';
import * as kysely from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withActor } from '../../src/postgres/actor.ts';
import type { Connection, Rows } from '../../src/postgres/connect.ts';
import { createKysely, plainHooks } from '../../src/postgres/kysely.ts';
import { cronStandIn } from './cron-stand-in.ts';
import { documentedBlocks, documentedFunctions, documentedLanguages } from './documented.ts';
import { documentedModule, faultsOf, run } from './documented-module.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';
import { settle } from './settled-people.ts';

/** What stands in the examples for values of the reader. */
const placeholders = ['ada', 'cleo', 'token', 'sessionId', 'path', 'email', 'password'] as const;

const blocks = documentedBlocks('sql');
const module = documentedModule(documentedBlocks('ts'), documentedFunctions(), placeholders);
const exported = run(module);

let reference: ReferenceDatabase;
let sql: Connection;
let values: Readonly<Record<string, string>>;

beforeAll(async () => {
  reference = await referenceDatabase();
  ({ sql } = reference);
  const { ada, bob, cleo } = await settle(reference);
  const [session, other] = [await startSession(ada), await startSession(ada)];
  values = {
    ada,
    cleo,
    token: session.token,
    sessionId: other.session_id,
    path: `${bob}/old.png`,
    email: 'dora@example.com',
    password: 'correct horse battery',
  };
  await sql.run(`
    update public.subscription_plans set trial_days = 14 where code = 'pro';
    update public.user_subscriptions set period_end = now() + interval '10 days' where user_id = '${ada}';
    insert into storage.objects (bucket_id, name, metadata, created_at, updated_at) values
      ('avatars', '${ada}/portrait.webp', '{"mimetype": "image/webp", "size": 2048}', now(), now()),
      ('avatars', '${bob}/old.png', '{"mimetype": "image/png", "size": 2048}', now() - interval '2 hours', now() - interval '2 hours');
    update public.profiles set avatar_path = '${cleo}/lost.png' where user_id = '${cleo}';
    insert into private.sign_up_errors (user_id, step, sqlstate, message) values ('${ada}', 'event', '55P03', 'a lock was not had');
    select public.enable_local_auth()`);
  await (await reference.db.connectAsAdmin()).run(cronStandIn);
});
afterAll(() => reference.db.drop());

async function startSession(user: string) {
  const { rows } = await sql.query<{ session_id: string; token: string }>(
    'select * from public.start_session_for($1)',
    [user],
  );
  return { token: '', session_id: '', ...rows[0] };
}

/** Does the work in a transaction of whoever the label names, and rolls it back. */
async function rolledBack<Result>(label: string, work: (session: Connection) => Promise<Result>): Promise<Result> {
  const who = /^(?:Kysely, )?as (the owner|the service|anon|ada|cleo)(?=[:,]|$)/.exec(label)?.[1];
  if (who === undefined) throw new Error(`says nobody who runs it: ${label}`);
  if (who === 'the owner') {
    await sql.run('begin; set local search_path = public, extensions');
    return work(sql).finally(() => sql.run('rollback'));
  }
  const role = who === 'anon' ? 'anon' : who === 'the service' ? 'service_role' : 'authenticated';
  const claims = role === 'authenticated' ? { sub: values[who] } : {};
  return withActor(sql, { role, claims, end: 'rollback' }, work);
}

describe('SQL', () => {
  const placeholder = /:'(\w+)'/g;

  it.each(blocks)('$place', async ({ label, text }) => {
    const statements = text.replaceAll(placeholder, (_, name: string) => {
      const value = values[name.replace(/_(\w)/, (__, letter: string) => letter.toUpperCase())];
      if (value === undefined) throw new Error(`no value for ${name}`);
      return `'${value}'`;
    });
    const results = await rolledBack(label, (session) => session.run(statements));
    // An example that answers nothing shows nothing, unless it says so.
    const empty = results.filter(({ command, rows }: Rows<unknown>) => command === 'SELECT' && rows.length === 0);
    expect(empty).toHaveLength((text.match(/\(none\)/g) ?? []).length);
  });
});

describe('TypeScript', () => {
  it('compiles against database.types.ts, under the settings of the project', () => {
    expect(faultsOf(module)).toEqual([]);
  });

  it.each(module.examples.filter(({ client }) => client === 'Kysely'))('$place', async ({ label, name }) => {
    await rolledBack(label, async (session) => {
      const db = createKysely(kysely, plainHooks(session)) as unknown as Kysely<unknown>;
      await exported[name]?.(db, values);
    });
  });

  it('acts as the user that it is given', async () => {
    const db = createKysely(kysely, plainHooks(sql));
    const asUser = exported.asUser as (
      db: Kysely<unknown>,
      id: string | undefined,
      work: (db: Kysely<unknown>) => Promise<unknown>,
    ) => Promise<unknown>;
    const question = kysely.sql`select current_user, auth.uid()::text as id`;
    const answer = await asUser(db, values.ada, async (transaction) => (await question.execute(transaction)).rows);
    expect(answer).toEqual([{ current_user: 'authenticated', id: values.ada }]);
    expect((await question.execute(db)).rows).toEqual([{ current_user: 'postgres', id: null }]);
  });
});

it('each function has an example in SQL and, where the API serves it, in Kysely and supabase-js', () => {
  const textOf = (all: readonly { readonly text: string }[]) => all.map(({ text }) => text).join('\n');
  const inClient = (client: string) => textOf(module.examples.filter((example) => example.client === client));
  const missing = documentedFunctions().flatMap(({ name, who }) => [
    ...(textOf(blocks).includes(`${name}(`) ? [] : [`SQL: ${name}`]),
    ...(who === 'owner' || new RegExp(`\\b${name}\\b`).test(inClient('Kysely')) ? [] : [`Kysely: ${name}`]),
    ...(who === 'owner' || inClient('supabase-js').includes(`rpc('${name}'`) ? [] : [`supabase-js: ${name}`]),
  ]);
  expect(missing).toEqual([]);
});

it('there are no blocks but those that are looked at', () => {
  expect(documentedLanguages().filter((language) => !['sql', 'ts', 'mermaid'].includes(language))).toEqual([]);
});
