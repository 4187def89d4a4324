/**
 * What a statement outside a transaction did. Its locks are gone before anybody can look, so they are known from
 * PostgreSQL's manual by what the statement is; storage and indexes are compared before and behind it.
 */
import type { LockMode } from '../recording.ts';
import type { Inventory, KnownRelation } from './inventory.ts';
import { blockedBy, byKeys } from './lock-strength.ts';
import type { Parsed } from './parsed.ts';
import { aloneOf, isNamed, truncates } from './parsed.ts';
import type { Effects } from './transaction-effects.ts';

interface Around {
  /** At the beginning of the migration. */
  readonly there: Inventory;
  readonly before: Inventory;
  readonly after: Inventory;
  readonly sql: string;
  readonly parsed: Parsed;
}

export function aloneEffects({ there, before, after, sql, parsed }: Around): Effects {
  const known = (id: string | null) => [...there.relations.values()].some((relation) => relation.id === id);
  const ofTable = ({ kind }: KnownRelation) => kind === 'r' || kind === 'm';
  const moved = [...after.relations.values()].filter(
    ({ oid, file }) => file !== 0 && file !== before.relations.get(oid)?.file,
  );
  const alone = aloneOf(parsed);
  const rewritten = truncates(sql, parsed)
    ? []
    : moved.filter((relation) => ofTable(relation) && before.relations.has(relation.oid)).map(({ id }) => id);
  const concurrently = alone.what === 'create index' || (alone.what === 'reindex' && alone.concurrently);
  const indexesBuilt = moved.flatMap(({ kind, of, id }) =>
    kind === 'i' && of !== null && known(of) && !rewritten.includes(of)
      ? [{ relation: of, index: id, concurrently }]
      : [],
  );
  const dropped = [...before.relations.values()].filter(({ oid, kind }) => kind === 'i' && !after.relations.has(oid));
  const named = (at: number) => {
    const name = 'names' in alone ? alone.names[at] : undefined;
    return [...before.relations.values()].filter(({ id }) => name !== undefined && isNamed(id, name));
  };
  const locked = new Map<string, LockMode>();
  const lock = (ids: readonly (string | null)[], mode: LockMode) => {
    for (const id of ids) if (id !== null && known(id)) locked.set(id, mode);
  };
  lock(rewritten, 'ACCESS EXCLUSIVE');
  switch (alone.what) {
    case 'create index':
      lock(
        indexesBuilt.map(({ relation }) => relation),
        'SHARE UPDATE EXCLUSIVE',
      );
      break;
    case 'drop index':
      lock(
        dropped.map(({ of }) => of),
        'SHARE UPDATE EXCLUSIVE',
      );
      break;
    case 'reindex': {
      const indexes = indexesBuilt.map(({ index }) => index);
      lock(
        indexesBuilt.map(({ relation }) => relation),
        alone.concurrently ? 'SHARE UPDATE EXCLUSIVE' : 'SHARE',
      );
      if (!alone.concurrently) lock(indexes, 'ACCESS EXCLUSIVE');
      break;
    }
    case 'vacuum':
      if (alone.concurrently)
        lock(
          alone.names.flatMap((_, at) => named(at).map(({ id }) => id)),
          'SHARE UPDATE EXCLUSIVE',
        );
      break;
    case 'detach partition':
      lock(
        named(0).map(({ id }) => id),
        'SHARE UPDATE EXCLUSIVE',
      );
      lock(
        named(1).map(({ id }) => id),
        'ACCESS EXCLUSIVE',
      );
      break;
    case 'other':
      break;
    default: {
      const never: never = alone;
      throw new Error(`not handled: ${JSON.stringify(never)}`);
    }
  }
  return {
    locks: [...locked]
      .map(([relation, mode]) => ({ relation, mode, blocks: blockedBy(mode) }))
      .sort(byKeys(({ relation }) => [relation])),
    rewritten: [...rewritten].sort(),
    scanned: indexesBuilt
      .filter(() => alone.what === 'reindex' && !alone.concurrently)
      .map(({ relation }) => relation)
      .filter((id, at, all) => all.indexOf(id) === at)
      .sort(),
    indexesBuilt: indexesBuilt.sort(byKeys(({ relation, index }) => [relation, index])),
    validated: [],
  };
}
