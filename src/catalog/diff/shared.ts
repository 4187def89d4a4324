/** Attributes that most kinds have. */
import type { DefaultPrivilege, Grant } from '../model.ts';
import type { GrantTarget } from './grants.ts';
import { compareGrants, mendGrants, newGrants } from './grants.ts';
import type { Compared, GoesWith } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { commentOn, newComment, ownerTo } from './sql.ts';
import { lines, value } from './words.ts';

/** `table public.orders` */
type Target<T> = (object: T) => string;

export function ownerOf<T extends { readonly owner: string }>(target: Target<T>): Compared<T> {
  return value<T>(
    'owner',
    ({ owner }) => owner,
    (_, after) => [ownerTo(target(after), after.owner)],
  );
}

export function commentOf<T extends { readonly comment: string | null }>(target: Target<T>): Compared<T> {
  return lines<T>(
    'comment',
    ({ comment }) => comment,
    (_, after) => [commentOn(target(after), after.comment)],
  );
}

export function grantsOf<T extends { readonly owner: string; readonly grants: readonly Grant[] }>(
  target: (object: T) => GrantTarget,
): Compared<T> {
  return {
    told: () => 'grants',
    mend: (before, after) => mendGrants(before, after, target(after)),
    each: (before, after) => compareGrants(before, after, target(after)),
  };
}

export function extensionOf<T extends { readonly extension: string | null }>(): Compared<T> {
  return value<T>(
    'extension',
    ({ extension }) => extension,
    () => null,
  );
}

/** Owner, grants and comment of what was just made. */
export function finished(
  object: {
    readonly owner: string;
    readonly grants: readonly Grant[];
    readonly comment: string | null;
    readonly schema?: string;
  },
  named: { readonly target: string; readonly on: string; readonly objects: DefaultPrivilege['objects'] },
  sides: { readonly before: Lookup },
): readonly string[] {
  return [
    ownerTo(named.target, object.owner),
    ...newGrants(object, named.objects, sides.before.catalog.defaultPrivileges, { on: named.on }, sides.before.major),
    ...newComment(named.target, object.comment),
  ];
}

/** Members come, go and change with their extension. */
export function withExtension<T extends { readonly extension: string | null }>(
  before: T | null,
  after: T | null,
  sides: { readonly before: Lookup; readonly after: Lookup },
): GoesWith {
  const name = (before ?? after)?.extension ?? null;
  if (name === null) return null;
  const version = (side: Lookup) => side.catalog.extensions.find((one) => one.name === name)?.version;
  return version(sides.before) === version(sides.after) ? null : 'implied';
}

export function inSchema(object: { readonly schema: string; readonly extension?: string | null }): readonly string[] {
  const extension = object.extension ?? null;
  return [keyOf('schemas', object.schema), ...(extension === null ? [] : [keyOf('extensions', extension)])];
}
