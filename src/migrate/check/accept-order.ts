/** Proves the order for `check`, or finds it in the record; writes the record. */
import type { ChoiceVerbInput } from '../../command.ts';
import { migrateOptions } from '../command-options.ts';
import { compareCodePoints } from '../folder.ts';
import { readJournal } from '../journal.ts';
import type { MigrationFile } from '../migration.ts';
import type { ProvenOrder } from '../order-file.ts';
import { addToOrderFile, isProven, orderOf, readOrderFile } from '../order-file.ts';
import { openMigrationScratch } from '../scratch.ts';
import type { Proven } from './check.ts';
import { behindError } from './check.ts';
import type { Compared } from './compare.ts';
import { proveOrder } from './prove-order.ts';
import type { CheckFault } from './report.ts';

/** Null: only the record is asked. `chosen`: a target was named, and its journal says what was applied in which order. */
export async function acceptOrder(
  input: ChoiceVerbInput,
  base: string,
  { added, late, behind }: Compared,
  files: readonly MigrationFile[],
  run: { readonly proves: boolean; readonly chosen: boolean },
): Promise<Proven | null> {
  const target = run.chosen ? await input.openTarget() : null;
  const isNew = new Set(added.map(({ name }) => name));
  const first =
    target === null ? files.filter(({ name }) => !isNew.has(name)) : await appliedThere(input, target, files);
  const rest = files.filter((file) => !first.includes(file));
  const applied = [...first, ...rest];
  const orders = late.flatMap((file): ProvenOrder[] => {
    // What runs in the same go runs by name: only what is there already comes out of order.
    const earlier = first.map(({ name, up }) => ({ name, checksum: up.raw }));
    return first.includes(file) ? [] : [orderOf(file.name, file.up.raw, earlier)];
  });
  const order = {
    files: files.map(({ name }) => name),
    applied: applied.map(({ name }) => name),
    seenBy: target === null ? ('base' as const) : ('target' as const),
    written: null,
  };
  const record = await readOrderFile(input.config.migrations);
  if (orders.length === late.length && orders.every((one) => isProven(one, record)) && behind.length === 0) {
    return { order: { ...order, equal: true, recorded: true }, faults: [], notes: [] };
  }
  if (!run.proves) return null;
  if (behind.length > 0) throw behindError(base, behind);
  let stubs: readonly string[] = [];
  const verdict = await proveOrder({ files, first }, await migrateOptions(input), async () => {
    const scratch = await openMigrationScratch(input, target?.db ?? null, { files });
    stubs = scratch.stubs;
    return scratch;
  });
  const faults = faultsOf(verdict);
  const columns = verdict.columnOrder.map((words) => `${words} (select * tells them apart)`);
  const inconclusive = stubs.length === 0 ? [] : [`not seen, because a stub stood for them: ${stubs.join(', ')}`];
  if (faults.length > 0) {
    return { order: { ...order, equal: false, recorded: false }, faults, notes: [...columns, ...inconclusive] };
  }
  // What is applied on that target already needs no leave of anybody there.
  const written = orders.length === 0 ? null : await addToOrderFile(input.config.migrations, orders);
  return {
    order: { ...order, equal: true, recorded: false, written },
    faults,
    notes: [
      ...columns,
      ...inconclusive,
      ...(written === null ? [] : [`commit ${written}: dbkit migrate up then accepts this order`]),
    ],
  };
}

async function appliedThere(
  input: ChoiceVerbInput,
  target: Awaited<ReturnType<ChoiceVerbInput['openTarget']>>,
  files: readonly MigrationFile[],
): Promise<readonly MigrationFile[]> {
  const connection = await target.db.connect('dbkit migrate check');
  try {
    const journal = await readJournal(connection, input.config.app);
    return journal.flatMap((entry) => files.find(({ name }) => compareCodePoints(name, entry.name) === 0) ?? []);
  } finally {
    await connection.close();
  }
}

function faultsOf({ differences, failure }: Awaited<ReturnType<typeof proveOrder>>): readonly CheckFault[] {
  const fault = { kind: 'order', migration: null, file: null, fix: 'rename the new ones, or mend them' } as const;
  if (failure !== null) {
    const { order, error } = failure;
    const words = order === 'files' ? 'of their names' : 'in which they will be applied';
    // What a run says of the database that it left is about a scratch database here, which is gone.
    const details = error.code === 'MIGRATION_FAILED' ? [] : error.details;
    return [{ ...fault, message: `they do not run in the order ${words}: ${error.message}`, details }];
  }
  if (differences.length === 0) return [];
  return [{ ...fault, message: 'the two orders end in different schemas', details: differences }];
}
