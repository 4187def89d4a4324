/** The smallest SQL that a role needs for given verbs, beyond what it has. */
import { createHash } from 'node:crypto';
import { DbkitError } from '../errors.ts';
import type { Connection } from '../postgres/connect.ts';
import { readOwnSchemaVersion } from '../postgres/own-schema.ts';
import { quoteIdentifier } from '../postgres/quote.ts';
import type { VerbContext } from '../postgres/target.ts';
import type { GrantsReport } from './report.ts';
import type { Needs, Right } from './verb-needs.ts';
import { needsOf } from './verb-needs.ts';

export interface GrantsOptions {
  /** `migrate up`, or `migrate` for all of the room. */
  readonly verbs: readonly string[];
  /** Null: the role of the target. */
  readonly role: string | null;
}

/** Changes nothing. Throws USAGE for a verb whose needs are not known, and for a role that does not exist. */
export async function printGrants(options: GrantsOptions, { db }: VerbContext): Promise<GrantsReport> {
  const wanted = needsOf(options.verbs);
  const role = options.role ?? db.description.role;
  const connection = await db.connect('dbkit db grants');
  try {
    await refuseUnknownRole(connection, role);
    const own = await ownSchemaGrants(connection, role, db.description.database, wanted);
    const sql = [...own.sql, ...(wanted.createsObjects ? await objectGrants(connection, role) : [])];
    return { target: db.description, role, sql, notes: own.notes };
  } finally {
    await connection.close();
  }
}

async function refuseUnknownRole(connection: Connection, role: string): Promise<void> {
  const { rows } = await connection.query('select 1 from pg_catalog.pg_roles where rolname = $1', [role]);
  if (rows.length > 0) return;
  throw new DbkitError('USAGE', `there is no role "${role}" on this server`, {
    hint: `as an administrator: create role ${quoteIdentifier(role)} login`,
  });
}

interface Grants {
  readonly sql: readonly string[];
  readonly notes: readonly string[];
}

async function ownSchemaGrants(
  connection: Connection,
  role: string,
  database: string,
  { tables, writes }: Needs,
): Promise<Grants> {
  const name = quoteIdentifier(role);
  const version = await readOwnSchemaVersion(connection);
  if (version === null)
    return writes ? await schemaGrants(connection, role, database) : { sql: [], notes: [nothingToRead] };
  const { rows } = await connection.query<{ owns: boolean; uses: boolean; bypasses: boolean }>(
    `select pg_catalog.pg_has_role($1, n.nspowner, 'USAGE') as owns,
            pg_catalog.has_schema_privilege($1, n.oid, 'USAGE') as uses, r.rolbypassrls as bypasses
     from pg_catalog.pg_namespace n, pg_catalog.pg_roles r where n.nspname = 'dbkit' and r.rolname = $1`,
    [role],
  );
  const [has] = rows;
  if (has?.owns === true) return { sql: [], notes: [] };
  const sql = has?.uses === true ? [] : [`grant usage on schema dbkit to ${name};`];
  for (const [table, rights] of Object.entries(tables)) {
    // It comes with the second version; who may not make it does without.
    if (table === 'schema_state' && version < 2) continue;
    const missing = await missingRights(connection, role, table, rights);
    if (missing.length > 0) sql.push(`grant ${missing.join(', ')} on dbkit.${table} to ${name};`);
    if (has?.bypasses !== true) sql.push(...(await missingPolicies(connection, role, table, rights)));
  }
  return { sql, notes: [] };
}

const nothingToRead = 'the schema dbkit is not there yet, so there is nothing to grant on: ask again once it is';

/** The first verb that writes makes the schema, and its role owns it; or an administrator does, with `--print`. */
async function schemaGrants(connection: Connection, role: string, database: string): Promise<Grants> {
  const { rows } = await connection.query<{ may: boolean }>(
    `select pg_catalog.has_database_privilege($1, pg_catalog.current_database(), 'CREATE') as may`,
    [role],
  );
  if (rows[0]?.may === true) return { sql: [], notes: [] };
  return {
    sql: [`grant create on database ${quoteIdentifier(database)} to ${quoteIdentifier(role)};`],
    notes: [
      'the schema dbkit is not there yet: with CREATE on the database the role makes it.',
      'Without: let an administrator run the output of dbkit db bootstrap --print, then ask again.',
    ],
  };
}

async function missingRights(
  connection: Connection,
  role: string,
  table: string,
  rights: readonly Right[],
): Promise<readonly Right[]> {
  const { rows } = await connection.query<{ missing: Right }>(
    `select r.name as missing from pg_catalog.unnest($2::text[]) with ordinality r(name, place)
     where not pg_catalog.has_table_privilege($1, 'dbkit.' || $3, r.name) order by r.place`,
    [role, rights, table],
  );
  return rows.map(({ missing }) => missing);
}

/** Row-level security is on in the schema: a grant without a policy sees no row. */
async function missingPolicies(
  connection: Connection,
  role: string,
  table: string,
  rights: readonly Right[],
): Promise<readonly string[]> {
  const { rows } = await connection.query<{ name: string }>(
    `select policyname as name from pg_catalog.pg_policies where schemaname = 'dbkit' and tablename = $1`,
    [table],
  );
  const clauses: Readonly<Record<Right, string>> = {
    select: 'using (true)',
    insert: 'with check (true)',
    update: 'using (true) with check (true)',
    delete: 'using (true)',
  };
  return rights
    .map((right) => ({ right, policy: policyName(right, role) }))
    .filter(({ policy }) => !rows.some(({ name }) => name === policy))
    .map(
      ({ right, policy }) =>
        `create policy ${quoteIdentifier(policy)} on dbkit.${table} for ${right} to ${quoteIdentifier(role)} ${clauses[right]};`,
    );
}

/** PostgreSQL cuts names after 63 bytes; two that are cut to the same would be one. */
function policyName(right: Right, role: string): string {
  const name = `dbkit ${right} ${role}`;
  if (Buffer.byteLength(name) <= 63) return name;
  return `dbkit ${right} ${createHash('sha256').update(role).digest('hex').slice(0, 32)}`;
}

async function objectGrants(connection: Connection, role: string): Promise<readonly string[]> {
  const { rows } = await connection.query<{ may: boolean }>(
    `select pg_catalog.has_schema_privilege($1, 'public', 'CREATE') and pg_catalog.has_schema_privilege($1, 'public', 'USAGE') as may`,
    [role],
  );
  if (rows[0]?.may === true) return [];
  return [
    `grant usage, create on schema public to ${quoteIdentifier(role)}; -- or on the schemas that your migrations work in`,
  ];
}
