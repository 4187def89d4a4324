/** Default privileges. */
import type { DefaultPrivilege } from '../model.ts';
import type { ReadContext } from './context.ts';
import { sortedBy } from './names.ts';

const objects = {
  r: 'tables',
  S: 'sequences',
  f: 'functions',
  T: 'types',
  n: 'schemas',
  L: 'large objects',
} as const;

export const defaultPrivilegeSql = `select defaclrole as role, defaclnamespace as schema, defaclobjtype as objects,
  defaclacl::text as acl
from pg_catalog.pg_default_acl`;

export interface DefaultPrivilegeRow {
  readonly role: number;
  readonly schema: number;
  readonly objects: keyof typeof objects;
  readonly acl: string;
}

export function defaultPrivilegesOf(
  rows: readonly DefaultPrivilegeRow[],
  { names, grants }: ReadContext,
): readonly DefaultPrivilege[] {
  const privileges = rows
    .filter(({ schema }) => !names.hidden.has(schema))
    .map(
      (row): DefaultPrivilege => ({
        role: names.role(row.role),
        schema: row.schema === 0 ? null : names.schema(row.schema),
        objects: objects[row.objects],
        grants: grants(row.acl),
      }),
    );
  return sortedBy(privileges, (one) => `${one.role}\0${one.schema ?? ''}\0${one.objects}`);
}
