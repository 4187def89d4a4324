/** Every column, constraint, index and trigger of auth and storage, against what the services' own migrations make. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/postgres/connect.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { testDatabase } from '../harness/test-database.ts';
import { describeTables } from './describe-tables.ts';
import { authTables } from './facts/auth-tables.ts';
import { storageTables } from './facts/storage-tables.ts';

let db: TestDatabase;
let session: Connection;

beforeAll(async () => {
  db = await testDatabase({ platform: 'supabase' });
  session = await db.connect();
  // Every name comes with its schema then, whoever asks.
  await session.run("set search_path = ''");
});
afterAll(() => db.drop());

describe.each([
  ['auth', authTables, 23],
  ['storage', storageTables, 8],
] as const)('schema %s', (schema, facts, count) => {
  let found: Record<string, string>;
  beforeAll(async () => {
    found = await describeTables(session, schema);
  });

  it('has these tables and no others', () => {
    expect(Object.keys(found)).toEqual(Object.keys(facts).sort());
    expect(Object.keys(found)).toHaveLength(count);
  });

  it.each(Object.keys(facts))('%s', (table) => {
    expect(found[table]?.split('\n')).toEqual(facts[table]?.trim().split('\n'));
  });
});

describe('enums', () => {
  it.each([
    ['auth.aal_level', 'aal1 aal2 aal3'],
    ['auth.code_challenge_method', 's256 plain'],
    ['auth.factor_status', 'unverified verified'],
    ['auth.factor_type', 'totp webauthn phone'],
    ['auth.oauth_authorization_status', 'pending approved denied expired'],
    ['auth.oauth_client_type', 'public confidential'],
    ['auth.oauth_registration_type', 'dynamic manual'],
    ['auth.oauth_response_type', 'code'],
    [
      'auth.one_time_token_type',
      'confirmation_token reauthentication_token recovery_token email_change_token_new email_change_token_current phone_change_token',
    ],
    ['storage.buckettype', 'STANDARD ANALYTICS VECTOR'],
  ])('%s', async (type, labels) => {
    const { rows } = await session.query<{ labels: string }>(
      `select string_agg(enumlabel, ' ' order by enumsortorder) as labels from pg_enum where enumtypid = $1::regtype`,
      [type],
    );
    expect(rows[0]?.labels).toBe(labels);
  });
});

describe('row-level security', () => {
  const off = ['custom_oauth_providers', 'oauth_authorizations', 'oauth_client_states', 'oauth_clients'];
  const withoutIt = [...off, 'oauth_consents', 'webauthn_challenges', 'webauthn_credentials'].map((t) => `auth.${t}`);

  it('is on and not forced, without any policy, on all but seven tables of auth', async () => {
    const { rows } = await session.query<{ name: string; enabled: boolean; forced: boolean }>(
      `select n.nspname || '.' || c.relname as name, relrowsecurity as enabled, relforcerowsecurity as forced
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname in ('auth', 'storage') and c.relkind = 'r' order by 1`,
    );
    expect(rows.filter((row) => !row.enabled).map((row) => row.name)).toEqual(withoutIt);
    expect(rows.filter((row) => row.forced)).toEqual([]);
    const { rows: policies } = await session.query('select from pg_policy');
    expect(policies).toEqual([]);
  });
});
