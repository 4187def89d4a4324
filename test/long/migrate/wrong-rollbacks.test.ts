/** Every wrong rollback by itself, on every major; see test/migrate/prove for all in one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diffCatalogs } from '../../../src/catalog/diff.ts';
import { proveOne } from '../../../src/migrate/prove/prove-one.ts';
import type { MigrationProof } from '../../../src/migrate/prove/report.ts';
import type { State } from '../../../src/migrate/prove/stage.ts';
import { allMajors, projectWithMajors } from '../../harness/majors.ts';
import type { Proving } from '../../migrate/prove/proving.ts';
import { pair, provingStage } from '../../migrate/prove/proving.ts';
import { base, clean, wrongRollbacks } from '../../migrate/prove/wrong-rollbacks.ts';

const projectRoot = projectWithMajors(allMajors.filter((major) => major < 18));

describe.each(allMajors)('on PostgreSQL %d', (major) => {
  let proving: Proving;
  let empty: State;

  beforeAll(async () => {
    proving = await provingStage({ rows: false, ownServer: true, major, projectRoot });
    empty = await proving.stage.look(null);
  });

  afterAll(() => proving.close());

  const cases = wrongRollbacks.filter((one) => (one.major ?? 0) <= major);

  it.each(cases)('$name', async ({ setup = '', up, wrong, right, mentions, cleanup = '' }) => {
    const { stage, sql } = proving;
    await sql.run(`${base} ${setup}`);
    try {
      const before = await stage.look(null);
      const { found: good } = await proveOne(stage, pair('01_right', up, right), before);
      expect(told(good)).toEqual([]);
      expect(good.status).toBe('proven');
      await stage.run([{ migration: pair('01_right', up, right), direction: 'down' }]);
      const { found: bad } = await proveOne(stage, pair('02_wrong', up, wrong), before);
      expect(bad.status).toBe('failed');
      const words = told(bad).join('\n');
      for (const mention of mentions) expect(words.toLowerCase()).toContain(mention.toLowerCase());
    } finally {
      await sql.run(`${cleanup} ${clean}`);
    }
    // The next case begins where this one did.
    expect(diffCatalogs(empty.catalog, (await stage.look(null)).catalog).differences).toEqual([]);
  });
});

function told({ faults }: Pick<MigrationProof, 'faults'>): readonly string[] {
  return faults.flatMap(({ kind, words, differences }) =>
    kind === 'down differs'
      ? differences.map((difference) => difference.words)
      : kind === 'up again fails'
        ? []
        : words,
  );
}
