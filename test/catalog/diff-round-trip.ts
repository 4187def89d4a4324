/** Tells a change, undoes it by the script, and makes it again by it. */
import { mendingScript } from '../../src/catalog/diff/script.ts';
import { diffCatalogs } from '../../src/catalog/diff.ts';
import { fingerprint } from '../../src/catalog/fingerprint.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { readCatalog } from '../../src/catalog/read.ts';
import type { Connection } from '../../src/postgres/connect.ts';
import type { DiffCase } from './diff-cases.ts';
import { common } from './diff-cases.ts';

export interface RoundTrip {
  readonly told: readonly string[];
  /** What differs still when the script has undone the change, and when it has made it again. */
  readonly back: readonly string[];
  readonly again: readonly string[];
  /** Whether there is one fingerprint where nothing differs, and two elsewhere. */
  readonly agrees: boolean;
}

/** In a transaction, for a superuser; nothing stays. */
export async function roundTrip(admin: Connection, { setup, change }: DiffCase): Promise<RoundTrip> {
  const read = () => readCatalog(admin, { roles: 'used' });
  const apply = async (from: Catalog, to: Catalog): Promise<Catalog> => {
    const { statements } = mendingScript(from, to);
    await admin.run(statements.length === 0 ? 'select' : statements.join('\n'));
    return read();
  };
  await admin.run('begin');
  try {
    await admin.run(`${common}${setup ?? ''}`);
    const before = await read();
    await admin.run(change);
    const after = await read();
    const back = await apply(after, before);
    const again = await apply(back, after);
    const pairs = { told: [before, after], back: [before, back], again: [again, after] } as const;
    const words = ([one, other]: readonly [Catalog, Catalog]) =>
      diffCatalogs(one, other).differences.map((difference) => difference.words);
    const isAgreed = ([one, other]: readonly [Catalog, Catalog]) =>
      (fingerprint(one) === fingerprint(other)) === (words([one, other]).length === 0);
    return {
      told: words(pairs.told),
      back: words(pairs.back),
      again: words(pairs.again),
      agrees: Object.values(pairs).every(isAgreed),
    };
  } finally {
    await admin.run('rollback');
  }
}
