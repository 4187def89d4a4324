/** Roles that outlive a scratch database, on a server that is not ours. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { Target } from '../../postgres/target.ts';
import { existingRoles } from './prepare.ts';
import type { ExtensionUse } from './what-files-use.ts';

/** What drops those that came since `known` was read and that a file names; null where there is none, or none can be read. */
export async function leftRoles(target: Target, known: ReadonlySet<string>, use: ExtensionUse): Promise<string | null> {
  try {
    const connection = await target.connect('dbkit scratch');
    const names = [...(await existingRoles(connection))].filter((name) => !known.has(name) && use.names(name)).sort();
    if (names.length === 0) return null;
    return `roles belong to the whole server and stay there: drop role if exists ${names.map(quoteIdentifier).join(', ')}`;
  } catch {
    // The server is gone, or somebody has pressed Ctrl-C: what ends the command says more than this would.
    return null;
  }
}
