/** Privileges that somebody holds after a migration and did not before. */
import type { Catalog, Grant } from '../../../catalog/model.ts';
import { relationOf } from './objects.ts';

export interface Granted {
  readonly kind: 'table' | 'column' | 'sequence' | 'function' | 'schema' | 'type';
  readonly id: string;
  readonly name: string;
  readonly schema: string;
  readonly grantee: string;
  readonly privileges: readonly string[];
  /** The object was not there before. */
  readonly fresh: boolean;
}

interface Holder {
  readonly kind: Granted['kind'];
  readonly id: string;
  readonly name: string;
  readonly schema: string;
  readonly grants: readonly Grant[];
}

export function grantedTo(before: Catalog, after: Catalog, grantees: ReadonlySet<string>): readonly Granted[] {
  const had = new Map(holders(before).map((one) => [`${one.kind} ${one.id}`, one]));
  return holders(after).flatMap((holder) => {
    const was = had.get(`${holder.kind} ${holder.id}`);
    if (was !== undefined && JSON.stringify(was.grants) === JSON.stringify(holder.grants)) return [];
    return [...grantees].flatMap((grantee) => {
      const old = heldBy(was?.grants ?? [], grantee);
      const privileges = [...heldBy(holder.grants, grantee)].filter((one) => !old.has(one));
      if (privileges.length === 0) return [];
      const { kind, id, name, schema } = holder;
      return [{ kind, id, name, schema, grantee, privileges, fresh: was === undefined }];
    });
  });
}

function heldBy(grants: readonly Grant[], grantee: string): ReadonlySet<string> {
  return new Set(grants.filter((grant) => grant.grantee === grantee).flatMap(({ privileges }) => privileges));
}

const known = new WeakMap<Catalog, readonly Holder[]>();

function holders(catalog: Catalog): readonly Holder[] {
  let all = known.get(catalog);
  if (all === undefined) {
    all = [
      ...catalog.relations.map((one) => ({ ...one, kind: 'table' as const })),
      ...catalog.sequences.map((one) => ({ ...one, kind: 'sequence' as const })),
      ...catalog.routines.map((one) => ({ ...one, kind: 'function' as const })),
      ...catalog.schemas.map((one) => ({ ...one, id: one.name, schema: one.name, kind: 'schema' as const })),
      ...catalog.columns
        .filter(({ grants }) => grants.length > 0)
        .map((one) => ({
          ...one,
          id: `${one.relation}.${one.name}`,
          schema: relationOf(catalog, one.relation)?.schema ?? '',
          kind: 'column' as const,
        })),
    ];
    known.set(catalog, all);
  }
  return all;
}

/** `table public.orders`, as GRANT and REVOKE take it. */
export function onObject({ kind, id }: Granted): string {
  return `${kind} ${id}`;
}
