/** The smallest SQL that a role needs for given verbs, beyond what it has. */
import { DbkitError } from '../errors.ts';
import type { Connection } from '../postgres/connect.ts';
import { readOwnSchemaVersion } from '../postgres/own-schema.ts';
import { quoteIdentifier } from '../postgres/quote.ts';
import type { VerbContext } from '../postgres/target.ts';
import type { GrantsReport } from './report.ts';

/** Rights on one table of the schema `dbkit`. */
type Rights = Readonly<Partial<Record<'schema_version' | 'marker' | 'journal' | 'event', readonly Right[]>>>;
type Right = 'select' | 'insert' | 'update' | 'delete';

const reads: Rights = { schema_version: ['select'], marker: ['select'], journal: ['select'] };
const runs: Rights = {
  schema_version: ['select'],
  marker: ['select'],
  journal: ['select', 'insert', 'update', 'delete'],
  event: ['insert'],
};

interface Needs {
  readonly tables: Rights;
  /** The verb's own work makes objects: the role must be able to, in the schema `public`. */
  readonly createsObjects: boolean;
}

/** What each verb needs; a room's name stands for all its verbs. */
const needs: Readonly<Record<string, Needs>> = {
  'migrate status': { tables: reads, createsObjects: false },
  'migrate plan': { tables: reads, createsObjects: false },
  'migrate up': { tables: runs, createsObjects: true },
  'migrate down': { tables: runs, createsObjects: true },
  'migrate to': { tables: runs, createsObjects: true },
  'migrate redo': { tables: runs, createsObjects: true },
  'migrate baseline': { tables: runs, createsObjects: false },
  'migrate repair': { tables: runs, createsObjects: false },
  'db history': {
    tables: { schema_version: ['select'], marker: ['select'], event: ['select'] },
    createsObjects: false,
  },
  'db mark': {
    tables: { schema_version: ['select'], marker: ['select', 'insert', 'update'], event: ['insert'] },
    createsObjects: false,
  },
};

export const grantableVerbs = Object.keys(needs);

export interface GrantsOptions {
  /** `migrate up`, or `migrate` for all of the room. */
  readonly verbs: readonly string[];
  /** Null: the role of the target. */
  readonly role: string | null;
}

/** Throws USAGE for a verb that needs no grants or does not exist, INSUFFICIENT_PRIVILEGE for a role that does not. */
export async function printGrants(options: GrantsOptions, { db }: VerbContext): Promise<GrantsReport> {
  const wanted = merge(options.verbs.flatMap(findNeeds));
  const role = options.role ?? db.description.role;
  const connection = await db.connect('dbkit db grants');
  try {
    const sql = [
      ...(await ownSchemaGrants(connection, role, db.description.database, wanted.tables)),
      ...(wanted.createsObjects ? await objectGrants(connection, role) : []),
    ];
    return { target: db.description, role, sql };
  } finally {
    await connection.close();
  }
}

function findNeeds(verb: string): readonly Needs[] {
  const found = Object.entries(needs).filter(([name]) => name === verb || name.startsWith(`${verb} `));
  if (found.length > 0) return found.map(([, need]) => need);
  throw new DbkitError('USAGE', `no grants are known for "${verb}"`, {
    details: [`known: ${grantableVerbs.join(', ')}`],
    hint: 'dbkit db grants migrate',
  });
}

function merge(all: readonly Needs[]): Needs {
  const tables: Record<string, Right[]> = {};
  for (const { tables: one } of all) {
    for (const [table, rights] of Object.entries(one))
      tables[table] = [...new Set([...(tables[table] ?? []), ...rights])];
  }
  return { tables, createsObjects: all.some(({ createsObjects }) => createsObjects) };
}

async function ownSchemaGrants(
  connection: Connection,
  role: string,
  database: string,
  tables: Rights,
): Promise<readonly string[]> {
  const name = quoteIdentifier(role);
  if ((await readOwnSchemaVersion(connection)) === null) {
    const { rows } = await connection.query<{ may: boolean }>(
      `select pg_catalog.has_database_privilege($1, pg_catalog.current_database(), 'CREATE') as may`,
      [role],
    );
    return rows[0]?.may === true ? [] : [`grant create on database ${quoteIdentifier(database)} to ${name};`];
  }
  const { rows: owners } = await connection.query<{ owns: boolean; uses: boolean }>(
    `select pg_catalog.pg_has_role($1, nspowner, 'USAGE') as owns, pg_catalog.has_schema_privilege($1, oid, 'USAGE') as uses
     from pg_catalog.pg_namespace where nspname = 'dbkit'`,
    [role],
  );
  if (owners[0]?.owns === true) return [];
  const sql = owners[0]?.uses === true ? [] : [`grant usage on schema dbkit to ${name};`];
  for (const [table, rights] of Object.entries(tables)) {
    const { rows } = await connection.query<{ missing: Right }>(
      `select r.name as missing from pg_catalog.unnest($2::text[]) r(name)
       where not pg_catalog.has_table_privilege($1, 'dbkit.' || $3, r.name)`,
      [role, rights, table],
    );
    if (rows.length > 0)
      sql.push(`grant ${rows.map(({ missing }) => missing).join(', ')} on dbkit.${table} to ${name};`);
    sql.push(...(await policyFor(connection, role, table, rights)));
  }
  return sql;
}

/** Row-level security is on in the schema: a grant without a policy sees no row. */
async function policyFor(
  connection: Connection,
  role: string,
  table: string,
  rights: readonly Right[],
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const right of rights) {
    const policy = `dbkit ${role} ${right}`;
    const { rows } = await connection.query(
      `select 1 from pg_catalog.pg_policies where schemaname = 'dbkit' and tablename = $1 and policyname = $2`,
      [table, policy],
    );
    if (rows.length > 0) continue;
    const clauses =
      right === 'insert' ? 'with check (true)' : right === 'update' ? 'using (true) with check (true)' : 'using (true)';
    missing.push(
      `create policy ${quoteIdentifier(policy)} on dbkit.${table} for ${right} to ${quoteIdentifier(role)} ${clauses};`,
    );
  }
  return missing;
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
