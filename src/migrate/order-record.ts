/** The record of proven orders, read only where something pending comes late. */
import type { ProvenOrder } from './order-file.ts';
import type { MigrationState } from './state.ts';

export interface OrderRecord {
  provenHere(state: MigrationState, states: readonly MigrationState[]): boolean;
}

/** Null where nothing comes late. Throws FILE_INVALID. */
export async function orderRecord(states: readonly MigrationState[], folder: string): Promise<OrderRecord | null> {
  if (!states.some(({ outOfOrder }) => outOfOrder)) return null;
  const { provenHere, readOrderFile } = await import('./order-file.ts');
  const record: readonly ProvenOrder[] = await readOrderFile(folder);
  return { provenHere: (state, all) => provenHere(state, all, record) };
}
