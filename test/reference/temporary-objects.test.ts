/** Whoever has a session of SQL may make temporary types and tables, whose names PostgreSQL looks up before all others. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import { sqlstateOf } from '../platform/attempt.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const token = "'A' || repeat('b', 42)";
const callable = {
  anon: [
    "log_event('page_viewed')",
    `touch_session(${token})`,
    "sign_up('bob@example.test', 'a long password')",
    "sign_in('bob@example.test', 'a long password')",
  ],
  authenticated: [
    "log_event('page_viewed')",
    'start_session()',
    `touch_session(${token})`,
    'list_my_sessions()',
    'revoke_session(gen_random_uuid())',
    'cancel_subscription(false)',
    "subscribe('free')",
    "subscribe('pro')",
    "change_plan('pro')",
    'resume_subscription()',
    "set_avatar('face.png')",
    'remove_avatar()',
  ],
};

let reference: ReferenceDatabase;
let ada: string;

beforeAll(async () => {
  reference = await referenceDatabase();
  ada = await reference.signUp();
  await reference.sql.run(`select public.enable_local_auth();
    insert into public.subscription_plans (code, name, price_minor, currency, billing_interval, trial_days)
      values ('pro', 'Pro', 990, 'EUR', 'month', 14);
    insert into storage.objects (bucket_id, name, metadata)
      values ('avatars', '${ada}/face.png', '{"mimetype": "image/png", "size": 1}')`);
});
afterAll(() => reference.db.drop());

/** For each type of PostgreSQL one of the same name with a check that writes down who runs it. */
async function shadowed(role: string): Promise<Connection> {
  const session = await reference.db.connect();
  await session.run(`set role ${role};
    select set_config('request.jwt.claims', '${role === 'anon' ? '{}' : `{"sub": "${ada}"}`}', false);
    create temporary table ran (role pg_catalog.text);
    grant all on ran to public;
    create function pg_temp.ran() returns pg_catalog.bool language plpgsql as $$
    begin
      insert into pg_temp.ran values (current_user);
      return true;
    end
    $$;
    do $$
    declare
      v_type pg_catalog.record;
    begin
      for v_type in select typname from pg_catalog.pg_type
        where typnamespace = 'pg_catalog'::pg_catalog.regnamespace and typtype = 'b' and typcategory <> 'A'
      loop
        execute pg_catalog.format('create domain pg_temp.%1$I as pg_catalog.%1$I check (pg_temp.ran())', v_type.typname);
      end loop;
    end
    $$`);
  return session;
}

it.each(['anon', 'authenticated'] as const)(
  'types of %s are not taken for those of PostgreSQL by any function that lends rights',
  async (role) => {
    const session = await shadowed(role);
    const refused: string[] = [];
    for (const call of callable[role]) {
      await session.query(`select from public.${call}`).catch((error) => refused.push(`${call}: ${sqlstateOf(error)}`));
    }
    if (role === 'authenticated') {
      await session.query(`update public.profiles set username = 'ada', locale = 'en' where user_id = $1`, [ada]);
    }
    const { rows } = await session.query<{ role: string }>('select distinct role::pg_catalog.text from pg_temp.ran');
    expect(rows.filter((ran) => ran.role !== role)).toEqual([]);
    // The others got to their end.
    expect(refused).toEqual(role === 'anon' ? [] : ["subscribe('pro'): PT409", 'resume_subscription(): PT409']);
  },
);
