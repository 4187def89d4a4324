/** The role that migrations run as on a scratch database: with the attributes of the one that will run them in earnest. */
import type { Connection } from './connect.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

export interface RoleAttributes {
  readonly superuser: boolean;
  readonly createRole: boolean;
  readonly createDatabase: boolean;
  readonly bypassRowSecurity: boolean;
  readonly inherit: boolean;
  readonly replication: boolean;
}

export interface ExecutingRole extends RoleAttributes {
  readonly name: string;
  /** Predefined roles that it is a member of: `pg_read_all_data`. */
  readonly predefined: readonly string[];
  readonly ownsDatabase: boolean;
  readonly ownsPublic: boolean;
  /** Privileges on the database: `CREATE`, `CONNECT`, `TEMPORARY`. */
  readonly onDatabase: readonly string[];
  /** Privileges on schema public: `CREATE`, `USAGE`. */
  readonly onPublic: readonly string[];
}

/** Where no target says otherwise: the owner of a database, and nothing more. */
export const unremarkableRole: ExecutingRole = {
  name: 'app_owner',
  superuser: false,
  createRole: false,
  createDatabase: false,
  bypassRowSecurity: false,
  inherit: true,
  replication: false,
  predefined: [],
  ownsDatabase: true,
  ownsPublic: false,
  onDatabase: ['CONNECT', 'CREATE', 'TEMPORARY'],
  onPublic: ['CREATE', 'USAGE'],
};

/** Of the session's current role, or the one named. Catalog only, as any role. */
export async function readExecutingRole(connection: Connection, name: string | null = null): Promise<ExecutingRole> {
  const { rows } = await connection.query<ExecutingRole>(
    `select r.rolname::text as name, r.rolsuper as superuser, r.rolcreaterole as "createRole",
       r.rolcreatedb as "createDatabase", r.rolbypassrls as "bypassRowSecurity", r.rolinherit as inherit,
       r.rolreplication as replication,
       array(select p.rolname::text from pg_catalog.pg_auth_members m
             join pg_catalog.pg_roles p on p.oid = m.roleid
             where m.member = r.oid and p.rolname ~ '^pg_' and p.rolname <> 'pg_database_owner'
             group by 1 order by p.rolname::text collate "C") as predefined,
       d.datdba = r.oid as "ownsDatabase",
       coalesce((select n.nspowner = r.oid from pg_catalog.pg_namespace n where n.nspname = 'public'), false) as "ownsPublic",
       array(select p from pg_catalog.unnest(array['CONNECT', 'CREATE', 'TEMPORARY']) p
             where pg_catalog.has_database_privilege(r.oid, d.oid, p)) as "onDatabase",
       array(select p from pg_catalog.unnest(array['CREATE', 'USAGE']) p
             where pg_catalog.has_schema_privilege(r.oid, pg_catalog.to_regnamespace('public')::oid, p)) as "onPublic"
     from pg_catalog.pg_roles r, pg_catalog.pg_database d
     where r.rolname = coalesce($1, current_user::text) and d.datname = pg_catalog.current_database()`,
    [name],
  );
  return rows[0] as ExecutingRole;
}

const flags: readonly (readonly [keyof RoleAttributes, string])[] = [
  ['superuser', 'superuser'],
  ['createRole', 'createrole'],
  ['createDatabase', 'createdb'],
  ['bypassRowSecurity', 'bypassrls'],
  ['inherit', 'inherit'],
  ['replication', 'replication'],
];

/** `superuser nocreaterole …`, as CREATE ROLE takes it. */
export function attributeWords(role: RoleAttributes): string {
  return flags.map(([key, word]) => (role[key] ? word : `no${word}`)).join(' ');
}

/** What `role` has and `found` has not, or the other way round; empty: they may do the same. */
export function roleDifferences(role: ExecutingRole, found: ExecutingRole): readonly string[] {
  const said = flags.flatMap(([key, word]) =>
    role[key] === found[key] ? [] : `it is ${role[key] ? '' : 'no'}${word}, here ${found[key] ? '' : 'no'}${word}`,
  );
  const missing = role.predefined.filter((name) => !found.predefined.includes(name));
  const more = found.predefined.filter((name) => !role.predefined.includes(name));
  return [
    ...said,
    ...missing.map((name) => `it is a member of ${name}, here not`),
    ...more.map((name) => `here it is a member of ${name}`),
    ...(role.ownsDatabase === found.ownsDatabase || found.superuser
      ? []
      : [role.ownsDatabase ? 'it owns the database, here not' : 'here it owns the database']),
  ];
}

/** SQL for a superuser in the new database: makes the role, or changes one of that name, and gives it what it has. */
export function makeRoleSql(role: ExecutingRole, database: string, password: string | null): string {
  const name = quoteIdentifier(role.name);
  const said = `login ${attributeWords(role)}${password === null ? '' : ` password ${quoteLiteral(password)}`}`;
  const here = quoteIdentifier(database);
  const privileges = role.onDatabase.filter((one) => ['CREATE', 'CONNECT', 'TEMPORARY'].includes(one));
  return [
    `do $dbkit$ begin create role ${name}; exception when duplicate_object then null; end $dbkit$;`,
    // What initdb made as its superuser stays one: the server would have none.
    `do $dbkit$ begin
       if (select oid from pg_catalog.pg_roles where rolname = ${quoteLiteral(role.name)}) <> 10 then
         execute ${quoteLiteral(`alter role ${name} ${said}`)};
       end if;
     end $dbkit$;`,
    ...role.predefined.map((one) => `grant ${quoteIdentifier(one)} to ${name};`),
    ...(role.ownsDatabase
      ? [`alter database ${here} owner to ${name};`]
      : privileges.length === 0
        ? []
        : [`grant ${privileges.join(', ')} on database ${here} to ${name};`]),
    ...(role.ownsPublic ? [`alter schema public owner to ${name};`] : []),
    ...(role.ownsPublic || role.ownsDatabase || role.superuser || !role.onPublic.includes('CREATE')
      ? []
      : [`grant create on schema public to ${name};`]),
  ].join('\n');
}
