/** A real Supabase is known from a stand-in, and left alone. */
import { describe, expect, it } from 'vitest';
import { applyPlatform } from '../../src/postgres/platform/apply-platform.ts';
import { standInVersion } from '../../src/postgres/platform/bootstrap-database.ts';
import { recognisePlatform } from '../../src/postgres/platform/recognise.ts';
import { testDatabase } from '../harness/test-database.ts';
import { attempt } from './attempt.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';

const supabase = { platform: 'supabase' } as const;

describe('a real Supabase', () => {
  it('without the mark, with the tables of its services: nothing changes', async () => {
    const db = await testDatabase({ ...supabase, defaultPrivileges: 'legacy' });
    const admin = await db.connectAsAdmin();
    await admin.run('comment on schema auth is null');
    expect(await recognisePlatform(admin)).toMatchObject({ platform: 'supabase', hosted: true, standIn: null });
    const before = await catalogSnapshot(admin);
    const report = await applyPlatform(admin, { ...supabase, defaultPrivileges: 'revoked' });
    expect(report).toEqual({ changed: [], unfaithful: [], notes: [] });
    expect(await catalogSnapshot(admin)).toEqual(before);
  });

  it('shows itself by supautils, whose lists are read', async () => {
    const db = await testDatabase({ ...supabase, bootstrapped: false });
    const admin = await db.connectAsAdmin();
    await admin.run(`
      set supautils.privileged_role = 'supabase_privileged_role';
      set supautils.reserved_roles = 'supabase_admin, anon*';
      set supautils.policy_grants = '{"postgres": ["storage.objects"]}';
      set supautils.drop_trigger_grants = 'no json'`);
    const before = await catalogSnapshot(admin);
    expect(await recognisePlatform(admin)).toMatchObject({
      platform: 'postgres',
      hosted: true,
      supautils: {
        privilegedRole: 'supabase_privileged_role',
        reservedRoles: ['supabase_admin', 'anon*'],
        reservedMemberships: [],
        policyGrants: { postgres: ['storage.objects'] },
        dropTriggerGrants: {},
      },
    });
    await applyPlatform(admin, supabase);
    expect(await catalogSnapshot(admin)).toEqual(before);
  });

  it('is recognised by a role that may not look into its schemas', async () => {
    const db = await testDatabase(supabase);
    const admin = await db.connectAsAdmin();
    await admin.run('set session authorization pgbouncer');
    expect(await recognisePlatform(admin)).toMatchObject({ platform: 'supabase', standIn: standInVersion });
    expect(await attempt(admin, 'select from auth.users')).toBe('42501');
  });
});
