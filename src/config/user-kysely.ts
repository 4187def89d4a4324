/**
 * Which kysely a user's file works with: the copy that Node finds for it, else the one beside dbkit. The built command
 * line carries kysely as one file, and gives that instead wherever it is the same version: it loads in a sixth of the
 * time. Never two copies for one migration.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { providedUrl, provideModule } from './provided-modules.ts';

export type KyselyModule = typeof import('kysely');

/** Where a specifier leads to, as Node's hooks say it. */
export interface Resolved {
  readonly url: string;
  readonly format?: string | null | undefined;
}

/** Set by the build of the command line. */
declare const CARRIED_KYSELY: string | undefined;
const carriedVersion = typeof CARRIED_KYSELY === 'undefined' ? null : CARRIED_KYSELY;

let carried: KyselyModule | null = null;
const known = new Map<string, Resolved>();

/**
 * Where `import 'kysely'` of a file leads to. `resolveFrom` is Node's own resolution of kysely from a place, which looks
 * through many folders: it is asked once for the files of one folder. Throws what it throws.
 */
export function resolveKysely(parentURL: string, resolveFrom: (parentURL: string) => Resolved): Resolved {
  const folder = new URL('.', parentURL).href;
  let resolved = known.get(folder);
  if (resolved === undefined) {
    resolved = findKysely(parentURL, resolveFrom);
    known.set(folder, resolved);
  }
  return resolved;
}

function findKysely(parentURL: string, resolveFrom: (parentURL: string) => Resolved): Resolved {
  const provided = { url: providedUrl('kysely'), format: 'module' };
  try {
    const found = resolveFrom(parentURL);
    return carried !== null && versionOf(found.url) === carriedVersion ? provided : found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    if (carried !== null) return provided;
    try {
      return resolveFrom(import.meta.url);
    } catch {
      throw error;
    }
  }
}

/** From now on what dbkit carries is given where it is the same version. */
export async function carryKysely(): Promise<void> {
  if (carriedVersion === null || carried !== null) return;
  carried = await import('kysely');
  provideModule('kysely', carried);
  known.clear();
}

/** Of the package that a file of it belongs to; null when it cannot be told. */
function versionOf(url: string): string | null {
  if (!url.startsWith('file:')) return null;
  for (let folder = dirname(fileURLToPath(url)); folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (!existsSync(file)) continue;
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
    if (name === 'kysely') return typeof version === 'string' ? version : null;
  }
  return null;
}
