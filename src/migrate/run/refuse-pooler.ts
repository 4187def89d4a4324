/** Migrations without a transaction need one server process from their first statement to their last. */
import { basename } from 'node:path';
import { DbkitError } from '../../errors.ts';
import type { Connection } from '../../postgres/connect.ts';
import { detectPooler, isSupabaseTransactionPooler } from '../../postgres/pooler.ts';
import type { Target } from '../../postgres/target.ts';
import type { RunStep } from './session.ts';

/**
 * Throws POOLER_UNSUPPORTED when one of the steps runs without a transaction behind a pooler in transaction mode:
 * settings would hold for strangers, and nobody could tell what became of a statement that was cut off.
 * `connection` is idle, and not in a transaction.
 */
export async function refuseTransactionPooler(
  steps: readonly RunStep[],
  connection: Connection,
  db: Target,
): Promise<void> {
  const alone = steps.find(({ migration, direction }) => !migration.directives.transaction[direction]);
  if (alone === undefined) return;
  const { host, port } = connection.server;
  const supabase = isSupabaseTransactionPooler(host, port);
  const mode = supabase ? 'transaction' : await detectPooler(connection, () => db.connect('dbkit migrate'));
  if (mode !== 'transaction') return;
  throw new DbkitError(
    'POOLER_UNSUPPORTED',
    `${basename(alone.migration.file)} runs without a transaction, and ${host}:${port} is a pooler in transaction mode; nothing was run`,
    {
      hint: supabase
        ? `use the session pooler: the same URL with port 5432 (direct hosts are often reachable over IPv6 only)`
        : 'use the URL of the server itself, or of a pooler in session mode',
    },
  );
}
