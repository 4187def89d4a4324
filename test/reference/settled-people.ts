/** Three people who have used everything there is: each table holds rows of each of them. */
import type { ReferenceDatabase } from './reference-database.ts';
import { subscribe } from './reference-database.ts';

export interface People {
  /** Her profile is private; she has plan `pro`. */
  readonly ada: string;
  /** His profile is for members; he has a plan that is no longer sold. */
  readonly bob: string;
  /** Her profile is public. */
  readonly cleo: string;
}

export async function settle(reference: ReferenceDatabase): Promise<People> {
  const { sql, signUp } = reference;
  const people = { ada: await signUp(), bob: await signUp(), cleo: await signUp() };
  await sql.query(`update public.profiles set visibility = 'members', username = 'bob' where user_id = $1`, [
    people.bob,
  ]);
  await sql.query(`update public.profiles set visibility = 'public', username = 'cleo' where user_id = $1`, [
    people.cleo,
  ]);
  await subscribe(sql, people.ada, { planCode: 'pro' });
  const { planId } = await subscribe(sql, people.bob, { planCode: 'retired' });
  await sql.query('update public.subscription_plans set active = false where id = $1', [planId]);
  for (const [name, id] of Object.entries(people)) {
    await sql.query('select from public.start_session_for($1)', [id]);
    await sql.query(`select from public.log_event_for($1, 'page_viewed')`, [id]);
    await sql.query('insert into public.test_table (user_id, label, shared) values ($1, $2, $3)', [
      id,
      `of ${name}`,
      name === 'bob',
    ]);
  }
  return people;
}
