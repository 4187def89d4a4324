/** `dbkit migrate plan` with what its steps really do. */
import { expect, test } from 'vitest';
import { DbkitError } from '../../../src/errors.ts';
import { migrateUp } from '../../../src/migrate/migrate.ts';
import { planMigrations } from '../../../src/migrate/plan.ts';
import { renderPlan } from '../../../src/migrate/render.ts';
import type { Request } from '../../../src/migrate/select.ts';
import { testDatabase } from '../../harness/test-database.ts';
import { migrationProject, targetOn } from '../project.ts';

const same = (text: string) => text;
const style = { bold: same, dim: same, good: same, bad: same, warn: same };

test('up and down: the statements that really run, with their locks; and a note where no scratch is to be had', async () => {
  const project = await migrationProject({
    '1_orders.up.sql': 'create table orders (id bigint primary key, total integer);\n',
    '1_orders.down.sql': 'drop table orders;\n',
    '2_total.ts': `import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<any>): Promise<void> {
  const { rows } = await sql<{ n: number }>\`select 7 as n\`.execute(db);
  await sql\`alter table orders alter column total set default \${sql.lit(rows[0]!.n)}\`.execute(db);
}

export async function down(db: Kysely<any>): Promise<void> {
  await sql\`alter table orders alter column total type bigint\`.execute(db);
}
`,
  });
  const { options, context } = project;
  await migrateUp({ ...options, count: 1 }, context);
  let closed = 0;
  const openScratch = async () => {
    const db = await testDatabase();
    const close = async () => {
      closed += 1;
    };
    return { context: { ...context, db: targetOn(db.settings) }, standsFor: '', stubs: [], lacks: [], close };
  };
  const plan = (request: Request, open?: typeof openScratch) =>
    planMigrations({ ...options, request, openScratch: open }, context);

  const up = await plan({ verb: 'up', count: null }, openScratch);
  expect(up.migrations[0]).toMatchObject({
    statements: ['select 7 as n', 'alter table orders alter column total set default 7'],
    incomplete: null,
  });
  expect(up.notes).toEqual([]);
  expect(renderPlan(up, style)).toContain(
    '    alter table orders alter column total set default 7;\n    -- blocks reads and writes on public.orders (ACCESS EXCLUSIVE)',
  );
  const read = await plan({ verb: 'up', count: null });
  expect(read.hash).toBe(up.hash);
  expect(read.migrations[0]).toMatchObject({
    recorded: null,
    incomplete: expect.stringContaining('answer of a query'),
  });

  await migrateUp(options, context);
  const down = await plan({ verb: 'down', count: 2 }, openScratch);
  expect(down.migrations.map(({ name, recorded }) => [name, recorded?.map(({ effects }) => effects)])).toEqual([
    ['2_total', [['blocks reads and writes on public.orders (ACCESS EXCLUSIVE)', 'writes all of public.orders anew']]],
    ['1_orders', [['blocks reads and writes on public.orders (ACCESS EXCLUSIVE)']]],
  ]);
  expect(closed).toBe(2);
  const stats = new Map([['public.orders', { rows: 41_000_000, bytes: 12_000_000_000 }]]);
  const sized = await planMigrations({ ...options, request: { verb: 'down', count: 1 }, openScratch, stats }, context);
  expect(sized.migrations[0]?.recorded?.[0]?.effects[0]).toBe(
    'blocks reads and writes on public.orders (41 M rows, 12 GB) for about 3 to 25 minutes (ACCESS EXCLUSIVE)',
  );
  expect((await plan({ verb: 'down', count: 1 })).hash).toBe(sized.hash);

  const without = await plan({ verb: 'down', count: 1 }, async () => {
    throw new DbkitError('EMBEDDED_UNAVAILABLE', 'there are no binaries');
  });
  expect(without.notes).toEqual(['locks and rewrites are not known: no scratch database: there are no binaries']);
  expect(without.migrations[0]?.recorded).toBeNull();
});
