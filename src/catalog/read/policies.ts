/** Policies of row-level security. */
import type { Policy } from '../model.ts';
import type { ReadContext } from './context.ts';
import { byCodePoint, numbers, sortedBy } from './names.ts';

const commands = { '*': 'all', r: 'select', a: 'insert', w: 'update', d: 'delete' } as const;

export const policySql = `select oid, polrelid as relation, polname as name, polpermissive as permissive, polcmd as command,
  polroles::text as roles, pg_catalog.pg_get_expr(polqual, polrelid) as using,
  pg_catalog.pg_get_expr(polwithcheck, polrelid) as check
from pg_catalog.pg_policy`;

export interface PolicyRow {
  readonly oid: number;
  readonly relation: number;
  readonly name: string;
  readonly permissive: boolean;
  readonly command: keyof typeof commands;
  readonly roles: string;
  readonly using: string | null;
  readonly check: string | null;
}

export function policiesOf(rows: readonly PolicyRow[], { names }: ReadContext): readonly Policy[] {
  const roles = new Map<string, readonly string[]>();
  const rolesOf = (oids: string) => {
    const known =
      roles.get(oids) ??
      numbers(oids)
        .map((oid) => names.role(oid))
        .sort(byCodePoint);
    roles.set(oids, known);
    return known;
  };
  const policies: Policy[] = [];
  for (const row of rows) {
    const relation = names.shown(row.relation);
    if (relation === null) continue;
    policies.push({
      relation: relation.id,
      name: row.name,
      permissive: row.permissive,
      command: commands[row.command],
      roles: rolesOf(row.roles),
      using: row.using,
      withCheck: row.check,
      comment: names.comment('policy', row.oid),
    });
  }
  return sortedBy(policies, ({ relation, name }) => `${relation}\0${name}`);
}
