/** What the demo shows of proofs: a rollback that leaves a policy wider than it was, and the one that does not. */
import type { VerbContext } from '../../postgres/target.ts';
import { toMigration } from '../migration-file.ts';
import type { Migration } from '../module.ts';
import type { MigrateOptions } from '../options.ts';
import { proveOne } from './prove-one.ts';
import type { Stage } from './stage.ts';
import { openStage } from './stage.ts';

const up = 'alter policy test_table_update_own on public.test_table using (false);';
/** As somebody writes it who looks at `using` alone. */
const careless = `drop policy test_table_update_own on public.test_table;
create policy test_table_update_own on public.test_table for update using (user_id = (select auth.uid()));`;
const careful = 'alter policy test_table_update_own on public.test_table using (user_id = (select auth.uid()));';

/** Proves both on a database with the reference application, and leaves it as it was. */
export async function showProof(context: VerbContext, migrate: MigrateOptions): Promise<string> {
  const stage = await openStage(context, { migrate, roles: 'all', rows: null });
  try {
    const wrong = await proved(stage, careless);
    const right = await proved(stage, careful);
    const [first, ...others] = wrong.faults.flatMap(({ kind, differences }) =>
      kind === 'down differs' ? differences : [],
    );
    if (first === undefined || right.status !== 'proven')
      throw new Error('the proof did not tell the two rollbacks apart');
    return `a rollback is caught, as it leaves ${first.words}${others.length === 0 ? '' : ` (and ${others.length} more)`}; its mended twin is proven`;
  } finally {
    await stage.close();
  }
}

async function proved(stage: Stage, down: string) {
  const migration = pair(down);
  const { found } = await proveOne(stage, migration, await stage.look(null));
  // The careful one takes back what either left.
  await stage.run([{ migration: { ...migration, ...pair(careful + restoring) }, direction: 'down' }]);
  return found;
}

const restoring = `alter policy test_table_update_own on public.test_table to authenticated with check (user_id = (select auth.uid()));`;

function pair(down: string): Migration {
  const name = '99991231_freeze';
  const file = toMigration(
    '.',
    `${name}.up.sql`,
    new Map([
      [`${name}.up.sql`, up],
      [`${name}.down.sql`, down],
    ]),
  );
  if (file === null) throw new Error('a pair of files is a migration');
  return { ...file, module: null };
}
