/** Row security that holds for the owner too is lifted while the owner fills, and put back in the same transaction. */
import type { FillState } from './fill-state.ts';

export async function liftForced(state: FillState): Promise<readonly string[]> {
  const lifted: string[] = [];
  for (const table of state.tables) {
    if (!state.plan(table).forced) continue;
    const { rows } = await state.connection.query<{ active: boolean }>(
      'select pg_catalog.row_security_active($1::pg_catalog.regclass) as active',
      [table],
    );
    if (rows[0]?.active !== true) continue;
    const outcome = await state.attempt([{ sql: `alter table ${table} no force row level security`, values: [] }]);
    if ('rows' in outcome) lifted.push(table);
  }
  return lifted;
}

export async function forceAgain(state: FillState, lifted: readonly string[]): Promise<void> {
  for (const table of lifted) await state.connection.run(`alter table ${table} force row level security`);
}
