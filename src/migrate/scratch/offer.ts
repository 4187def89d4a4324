/** What the machine offers for a throw-away server, known before one is started. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresMajor } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import { findBinaries, installCommand } from '../../postgres/embedded/binaries.ts';
import { defaultMajor } from '../../postgres/open-target.ts';
import type { ScratchOffer } from '../../postgres/scratch-gaps.ts';

/**
 * Null when the binaries of that major are there: the server itself then tells more. Else what has to be said at once:
 * contrib is the same in all majors, so what dbkit's own binaries lack the missing ones lack too.
 */
export function ownBinariesOffer(projectRoot: string, major: number): ScratchOffer | null {
  try {
    findBinaries(projectRoot, major as PostgresMajor);
    return null;
  } catch (error) {
    if (!(error instanceof DbkitError) || error.code !== 'EMBEDDED_UNAVAILABLE') throw error;
  }
  return {
    version: null,
    install: installCommand(major as PostgresMajor),
    locale: null,
    extensions: extensionsOfOwnBinaries(projectRoot),
    role: null,
    roles: null,
  };
}

function extensionsOfOwnBinaries(projectRoot: string): ReadonlyMap<string, readonly string[]> {
  const { folder } = findBinaries(projectRoot, defaultMajor);
  const names = readdirSync(join(folder, 'share', 'postgresql', 'extension'));
  const known = new Map<string, readonly string[]>();
  for (const file of names) {
    const [, name, version] = /^(.+?)--(?:.*--)?([^-]+)\.sql$/.exec(file) ?? [];
    if (name !== undefined && version !== undefined) known.set(name, [...(known.get(name) ?? []), version]);
  }
  return known;
}
