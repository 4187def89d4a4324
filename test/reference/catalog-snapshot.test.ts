/** What proves the rollbacks must itself notice every kind of difference. */
import { expect, it } from 'vitest';
import { readCatalog } from './catalog-snapshot.ts';
import { referenceDatabase } from './reference-database.ts';

const changes = [
  'grant trigger on public.profiles to anon',
  'grant select on public.profiles to authenticated with grant option',
  'grant update (user_id) on public.profiles to authenticated',
  'revoke select (bio) on public.profiles from anon',
  'grant usage on schema private to anon',
  'grant execute on function private.touch_updated_at() to anon',
  'alter default privileges in schema private grant select on tables to anon',
  'alter default privileges for role postgres revoke execute on functions from public',
  'alter policy profiles_update_own on public.profiles with check (true)',
  'alter policy profiles_update_own on public.profiles to authenticated, anon',
  'alter table public.profiles disable row level security',
  'alter table public.profiles force row level security',
  'alter table public.profiles disable trigger touch_updated_at',
  'alter table public.profiles alter column bio set default 1',
  'alter table public.profiles alter column bio set storage external',
  'alter table public.profiles drop constraint profiles_bio_length',
  'alter table public.profiles replica identity full',
  'alter view public.subscription_status set (security_invoker = false)',
  'alter view public.subscription_status owner to service_role',
  'alter function private.on_sign_up() security invoker',
  'alter function private.on_sign_up() reset lock_timeout',
  'alter type public.profile_visibility add value $$friends$$',
  'revoke usage on type public.profile_visibility from public',
  'comment on column public.profiles.bio is $$a text$$',
  'comment on policy profiles_update_own on public.profiles is $$a text$$',
  'comment on schema private is $$a text$$',
  'create index on public.profiles (visibility)',
  'create sequence public.numbers',
  'create domain public.email as text check (value like $$%@%$$)',
  'alter domain public.email set not null',
  'create extension citext with schema extensions',
  'create aggregate public.total(int) (sfunc = int4pl, stype = int)',
  'alter publication supabase_realtime add table public.profiles',
  'create rule silent as on delete to public.profiles do instead nothing',
];

it('tells every kind of change from no change', async () => {
  const { db } = await referenceDatabase();
  const admin = await db.connectAsAdmin();
  let before = await readCatalog(admin);
  expect(await readCatalog(admin)).toEqual(before);
  const unnoticed: string[] = [];
  for (const change of changes) {
    await admin.run(change);
    const after = await readCatalog(admin);
    if (JSON.stringify(after) === JSON.stringify(before)) unnoticed.push(change);
    before = after;
  }
  expect(unnoticed).toEqual([]);
});
