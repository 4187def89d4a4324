/** Tells what a migration itself fails with from what keeps anything from being tried. */
import type { ErrorCode } from '../errors.ts';
import { DbkitError } from '../errors.ts';

const ownFaults: readonly ErrorCode[] = ['MIGRATION_FAILED', 'FILE_INVALID', 'PLATFORM_REFUSED', 'LOCK_TIMEOUT'];

/** True for what a migration itself fails with on a scratch database. */
export function isOwnFault(error: unknown): error is DbkitError {
  return error instanceof DbkitError && ownFaults.includes(error.code);
}
