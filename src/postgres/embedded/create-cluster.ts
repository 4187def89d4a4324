/** The data of a project's server, made in one step. */
import { appendFileSync } from 'node:fs';
import type { Platform } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import { clusterSettings } from './cluster.ts';
import type { ClusterMaking } from './cluster-template.ts';
import { fillCluster } from './cluster-template.ts';
import { diskFullHint, syncCluster } from './initdb.ts';
import { makeWholeFolder } from './whole-folder.ts';

/**
 * Makes `path`, whose parent exists; a crash of the machine after it leaves a whole cluster. Throws EMBEDDED_UNAVAILABLE with
 * what initdb said, IO_FAILED (a full disk among others), or the reason of `signal`.
 */
export async function createCluster(path: string, platform: Platform, making: ClusterMaking): Promise<void> {
  try {
    await makeWholeFolder(path, making.user, async (half) => {
      await fillCluster(half, platform, making);
      appendFileSync(`${half}/postgresql.conf`, clusterSettings(platform, true));
      await syncCluster(half, making);
    });
  } catch (error) {
    throw asFileError(path, error);
  }
}

function asFileError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof DbkitError || typeof code !== 'string') return error;
  return new DbkitError('IO_FAILED', `The embedded server's data could not be made in ${path}: ${code}`, {
    hint: code === 'ENOSPC' || code === 'EDQUOT' ? diskFullHint : undefined,
    cause: error,
  });
}
