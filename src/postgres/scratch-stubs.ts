/**
 * Signatures of extensions that a scratch server does not have, so that migrations which call them can be run there.
 * They do nothing: what rests on one is inconclusive.
 */
import { quoteIdentifier, quoteLiteral } from './quote.ts';

interface Stub {
  readonly schema: string;
  /** Schema that the extension itself lies in, where its script makes the other one: that one goes with DROP EXTENSION. */
  readonly within?: string;
  readonly version: string;
  /** Statements by which each object is made, with the words that ALTER EXTENSION … ADD takes. */
  readonly objects: readonly (readonly [add: string, create: string])[];
}

/** A function that answers NULL, or no rows. */
function nothing(signature: string, args: string, result: string): readonly [string, string] {
  return [
    `function ${signature}`,
    `create function ${args} returns ${result} language sql as $$ select null::${result} $$`,
  ];
}

const cronJob = `create table cron.job (jobid bigint generated always as identity primary key, schedule text not null,
  command text not null, nodename text not null default 'localhost', nodeport integer not null default 5432,
  database text not null default pg_catalog.current_database(), username text not null default current_user,
  active boolean not null default true, jobname text)`;
const cronRuns = `create table cron.job_run_details (jobid bigint, runid bigint generated always as identity primary key,
  job_pid integer, database text, username text, command text, status text, return_message text,
  start_time timestamptz, end_time timestamptz)`;
const netAnswer = `create table net._http_response (id bigint, status_code integer, content_type text, headers jsonb,
  content text, timed_out boolean, error_msg text, created timestamptz not null default pg_catalog.now())`;
const vaultSecrets = `create table vault.secrets (id uuid primary key default pg_catalog.gen_random_uuid(), name text unique,
  description text not null default '', secret text not null, key_id uuid, nonce bytea,
  created_at timestamptz not null default pg_catalog.now(), updated_at timestamptz not null default pg_catalog.now())`;

const stubs: Readonly<Record<string, Stub>> = {
  pg_cron: {
    schema: 'cron',
    within: 'pg_catalog',
    version: '1.6',
    objects: [
      ['table cron.job', cronJob],
      ['table cron.job_run_details', cronRuns],
      nothing('cron.schedule(text, text)', 'cron.schedule(schedule text, command text)', 'bigint'),
      nothing('cron.schedule(text, text, text)', 'cron.schedule(job_name text, schedule text, command text)', 'bigint'),
      nothing(
        'cron.schedule_in_database(text, text, text, text, text, boolean)',
        'cron.schedule_in_database(job_name text, schedule text, command text, database text, username text default null, active boolean default true)',
        'bigint',
      ),
      nothing(
        'cron.alter_job(bigint, text, text, text, text, boolean)',
        'cron.alter_job(job_id bigint, schedule text default null, command text default null, database text default null, username text default null, active boolean default null)',
        'void',
      ),
      nothing('cron.unschedule(bigint)', 'cron.unschedule(job_id bigint)', 'boolean'),
      nothing('cron.unschedule(text)', 'cron.unschedule(job_name text)', 'boolean'),
    ],
  },
  pg_net: {
    schema: 'net',
    within: 'pg_catalog',
    version: '0.14.0',
    objects: [
      ['table net._http_response', netAnswer],
      nothing(
        'net.http_get(text, jsonb, jsonb, integer)',
        `net.http_get(url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000)`,
        'bigint',
      ),
      nothing(
        'net.http_post(text, jsonb, jsonb, jsonb, integer)',
        `net.http_post(url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000)`,
        'bigint',
      ),
      nothing(
        'net.http_delete(text, jsonb, jsonb, integer, jsonb)',
        `net.http_delete(url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds integer default 5000, body jsonb default null)`,
        'bigint',
      ),
    ],
  },
  pgmq: {
    schema: 'pgmq',
    version: '1.5.1',
    objects: [
      [
        'table pgmq.meta',
        'create table pgmq.meta (queue_name text primary key, is_partitioned boolean not null default false, is_unlogged boolean not null default false, created_at timestamptz not null default pg_catalog.now())',
      ],
      nothing('pgmq.create(text)', 'pgmq.create(queue_name text)', 'void'),
      nothing('pgmq.create_unlogged(text)', 'pgmq.create_unlogged(queue_name text)', 'void'),
      nothing('pgmq.drop_queue(text)', 'pgmq.drop_queue(queue_name text)', 'boolean'),
      nothing(
        'pgmq.send(text, jsonb, integer)',
        'pgmq.send(queue_name text, msg jsonb, delay integer default 0)',
        'bigint',
      ),
      nothing('pgmq.delete(text, bigint)', 'pgmq.delete(queue_name text, msg_id bigint)', 'boolean'),
      nothing('pgmq.archive(text, bigint)', 'pgmq.archive(queue_name text, msg_id bigint)', 'boolean'),
    ],
  },
  supabase_vault: {
    schema: 'vault',
    version: '0.3.1',
    objects: [
      ['table vault.secrets', vaultSecrets],
      [
        'view vault.decrypted_secrets',
        'create view vault.decrypted_secrets as select id, name, description, secret, null::text as decrypted_secret, key_id, nonce, created_at, updated_at from vault.secrets',
      ],
      nothing(
        'vault.create_secret(text, text, text, uuid)',
        `vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null)`,
        'uuid',
      ),
      nothing(
        'vault.update_secret(uuid, text, text, text, uuid)',
        'vault.update_secret(secret_id uuid, new_secret text default null, new_name text default null, new_description text default null, new_key_id uuid default null)',
        'void',
      ),
    ],
  },
  pgsodium: {
    schema: 'pgsodium',
    version: '3.1.9',
    objects: [
      [
        'table pgsodium.key',
        'create table pgsodium.key (id uuid primary key default pg_catalog.gen_random_uuid(), name text unique, created timestamptz not null default pg_catalog.now())',
      ],
      nothing(
        'pgsodium.crypto_aead_det_encrypt(bytea, bytea, uuid, bytea)',
        'pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea default null)',
        'bytea',
      ),
      nothing(
        'pgsodium.crypto_aead_det_decrypt(bytea, bytea, uuid, bytea)',
        'pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea default null)',
        'bytea',
      ),
    ],
  },
  pg_graphql: {
    schema: 'graphql',
    version: '1.5.11',
    objects: [
      nothing(
        'graphql.resolve(text, jsonb, text, jsonb)',
        `graphql.resolve(query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null)`,
        'jsonb',
      ),
    ],
  },
};

/** Extensions of which a signature is worth nothing: tables are made of their types, indexes of their methods. */
export const notToBeStubbed: Readonly<Record<string, string>> = {
  postgis: 'postgis/postgis',
  vector: 'pgvector/pgvector',
  timescaledb: 'timescale/timescaledb',
};

/** Schema where calls of the extension are seen: `cron`; null where we know nothing of it. */
export function stubSchema(extension: string): string | null {
  return stubs[extension]?.schema ?? null;
}

/**
 * SQL that makes the signatures of `extension`. `registered`, for a superuser only: an entry in pg_extension too, owned by
 * `owner`, so that DROP EXTENSION and `create extension if not exists` find it, and what was made belongs to it.
 */
export function stubSql(extension: string, owner: string | null, registered: boolean): string {
  const known = stubs[extension];
  const schema = known?.schema ?? extension.replaceAll('-', '_');
  const name = quoteIdentifier(extension);
  const within = known === undefined ? 'pg_catalog' : (known.within ?? schema);
  const ofSchema = quoteIdentifier(schema);
  const role = owner === null ? 'current_user' : quoteLiteral(owner);
  const entry = `insert into pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    select pg_catalog.pg_nextoid('pg_catalog.pg_extension', 'oid', 'pg_catalog.pg_extension_oid_index'), ${quoteLiteral(extension)},
      (select oid from pg_catalog.pg_roles where rolname = ${role}), ${quoteLiteral(quoteIdentifier(within))}::regnamespace, false,
      ${quoteLiteral(known?.version ?? '0')};`;
  const statements = [
    `made := pg_catalog.to_regnamespace(${quoteLiteral(ofSchema)}) is null;`,
    `create schema if not exists ${ofSchema};`,
    ...(registered ? [entry] : []),
    ...(registered && within !== schema
      ? [`if made then alter extension ${name} add schema ${ofSchema}; end if;`]
      : []),
    ...(known?.objects ?? []).flatMap(([add, create]) => [
      `${create};`,
      ...(registered ? [`alter extension ${name} add ${add};`] : []),
      ...(/^(table|view) /.test(add) ? [`grant all on ${add.replace(/^view /, '')} to public;`] : []),
    ]),
    `grant usage on schema ${ofSchema} to public;`,
  ];
  const exists = `select from pg_catalog.pg_extension where extname = ${quoteLiteral(extension)}`;
  const before = registered
    ? exists
    : `select from pg_catalog.pg_description d where d.objoid = pg_catalog.to_regnamespace(${quoteLiteral(ofSchema)}) and d.description = 'dbkit: signatures only'`;
  const body = [...statements, ...(registered ? [] : [`comment on schema ${ofSchema} is 'dbkit: signatures only';`])];
  return `do $dbkit_stub$ declare made boolean; begin
  if exists (${before}) then return; end if;
  ${body.join('\n  ')}
end $dbkit_stub$`;
}
