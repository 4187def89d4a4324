/** Runs the migrations in two orders on two scratch databases and holds the schemas against each other. */
import { diffCatalogs } from '../../catalog/diff.ts';
import { fingerprint } from '../../catalog/fingerprint.ts';
import type { Catalog } from '../../catalog/model.ts';
import { readCatalog } from '../../catalog/read.ts';
import { ofApplication } from '../../catalog/scope.ts';
import { DbkitError } from '../../errors.ts';
import type { VerbContext } from '../../postgres/target.ts';
import { migrateUp } from '../migrate.ts';
import type { MigrationFile } from '../migration.ts';
import type { RunOptions } from '../options.ts';

export interface TwoOrders {
  /** All of them, by name. */
  readonly files: readonly MigrationFile[];
  /** What databases have first, in the order in which they have it; the others follow by name. */
  readonly first: readonly MigrationFile[];
}

export interface OrderVerdict {
  /** Empty: the two orders end in the same schema. */
  readonly differences: readonly string[];
  readonly columnOrder: readonly string[];
  /** What did not run, or null. */
  readonly failure: { readonly order: 'files' | 'applied'; readonly error: DbkitError } | null;
}

/** `open` makes a scratch database that `close` takes away. Throws what `open` throws. */
export async function proveOrder(
  { files, first }: TwoOrders,
  options: RunOptions,
  open: () => Promise<{ readonly context: VerbContext; close(): Promise<void> }>,
): Promise<OrderVerdict> {
  const run = async (steps: readonly (readonly MigrationFile[])[]): Promise<Catalog | DbkitError> => {
    const scratch = await open();
    try {
      const context = { ...scratch.context, onEvent: () => {} };
      try {
        for (const step of steps) await migrateUp({ ...options, files: step, allowUnordered: true }, context);
      } catch (error) {
        if (error instanceof DbkitError && error.code !== 'INTERRUPTED') return error;
        throw error;
      }
      const connection = await context.db.connect('dbkit migrate check');
      try {
        // A server that is not ours alone has roles that come and go with others.
        const roles = context.db.adminSettings === undefined ? 'used' : 'all';
        return ofApplication(await readCatalog(connection, { roles }), context.db.description.platform);
      } finally {
        await connection.close();
      }
    } finally {
      await scratch.close();
    }
  };
  // One more file at a time: those that a database has may have come in any order.
  const seen = [...first.map((_one, index) => first.slice(0, index + 1)), files];
  const byName = await run([files]);
  if (byName instanceof DbkitError) return failed('files', byName);
  const applied = await run(inOrderOfNames(first) ? [first, files] : seen);
  if (applied instanceof DbkitError) return failed('applied', applied);
  const { differences, columnOrder } = diffCatalogs(byName, applied);
  const words = differences.map((one) => one.words);
  // What the fingerprint tells apart and the words do not is still a difference.
  if (words.length === 0 && fingerprint(byName) !== fingerprint(applied)) words.push('the fingerprints differ');
  return { differences: words, columnOrder: columnOrder.map((one) => one.words), failure: null };
}

function failed(order: 'files' | 'applied', error: DbkitError): OrderVerdict {
  return { differences: [], columnOrder: [], failure: { order, error } };
}

function inOrderOfNames(files: readonly MigrationFile[]): boolean {
  return files.every(({ name }, index) => index === 0 || (files[index - 1]?.name ?? '') < name);
}
