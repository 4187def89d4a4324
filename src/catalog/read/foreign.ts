/** Foreign-data wrappers, servers and user mappings. */
import type { ForeignDataWrapper, ForeignServer, UserMapping } from '../model.ts';
import type { ReadContext } from './context.ts';
import { withoutSecret } from './context.ts';
import { byCodePoint, sortedBy } from './names.ts';

export const wrapperSql = `select oid, fdwname as name, fdwowner as owner,
  coalesce(fdwacl, pg_catalog.acldefault('F', fdwowner))::text as acl, fdwoptions as options,
  case when fdwhandler <> 0 then fdwhandler::pg_catalog.regprocedure::text end as handler,
  case when fdwvalidator <> 0 then fdwvalidator::pg_catalog.regprocedure::text end as validator
from pg_catalog.pg_foreign_data_wrapper`;

export interface WrapperRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly acl: string;
  readonly options: readonly string[] | null;
  readonly handler: string | null;
  readonly validator: string | null;
}

export const serverSql = `select s.oid, s.srvname as name, s.srvowner as owner, w.fdwname as wrapper,
  coalesce(s.srvacl, pg_catalog.acldefault('S', s.srvowner))::text as acl, s.srvtype as type, s.srvversion as version,
  s.srvoptions as options
from pg_catalog.pg_foreign_server s join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw`;

export interface ServerRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly wrapper: string;
  readonly acl: string;
  readonly type: string | null;
  readonly version: string | null;
  readonly options: readonly string[] | null;
}

/** Passwords stay on the server; who may not see the options sees none. */
export const mappingSql = `select srvname as server, umuser as role,
  array(select pg_catalog.split_part(o, '=', 1) from pg_catalog.unnest(umoptions) o) as options
from pg_catalog.pg_user_mappings`;

export interface MappingRow {
  readonly server: string;
  readonly role: number;
  readonly options: readonly string[];
}

const optionsOf = (options: readonly string[] | null) => (options ?? []).map(withoutSecret).sort(byCodePoint);

export function wrappersOf(rows: readonly WrapperRow[], { names, grants }: ReadContext): readonly ForeignDataWrapper[] {
  const wrappers = rows.map(
    (row): ForeignDataWrapper => ({
      name: row.name,
      owner: names.role(row.owner),
      grants: grants(row.acl),
      comment: names.comment('foreign-data wrapper', row.oid),
      extension: names.extension('foreign-data wrapper', row.oid),
      handler: row.handler,
      validator: row.validator,
      options: optionsOf(row.options),
    }),
  );
  return sortedBy(wrappers, ({ name }) => name);
}

export function serversOf(rows: readonly ServerRow[], { names, grants }: ReadContext): readonly ForeignServer[] {
  const servers = rows.map(
    (row): ForeignServer => ({
      name: row.name,
      owner: names.role(row.owner),
      grants: grants(row.acl),
      comment: names.comment('server', row.oid),
      extension: names.extension('server', row.oid),
      wrapper: row.wrapper,
      type: row.type,
      version: row.version,
      options: optionsOf(row.options),
    }),
  );
  return sortedBy(servers, ({ name }) => name);
}

export function mappingsOf(rows: readonly MappingRow[], { names }: ReadContext): readonly UserMapping[] {
  const mappings = rows.map(
    (row): UserMapping => ({
      server: row.server,
      role: names.role(row.role),
      options: row.options.toSorted(byCodePoint),
    }),
  );
  return sortedBy(mappings, ({ server, role }) => `${server}\0${role}`);
}
