/** How a client reaches a server by its data directory, and which failures only mean "not yet" or "not any more". */
import { join } from 'node:path';
import type { Platform } from '../../config/schema.ts';
import type { ConnectionSettings } from '../connect.ts';
import { superuserOf } from './cluster.ts';
import { findPostmaster } from './pid-file.ts';

export const socketName = '.s.PGSQL.5432';

/** Bytes of a socket's path: 108 in Linux's sockaddr_un and 104 elsewhere, the last one for the end of the text. */
const longestSocketPath = process.platform === 'linux' ? 107 : 103;

export function isShortEnough(dataDirectory: string): boolean {
  return Buffer.byteLength(join(dataDirectory, socketName)) <= longestSocketPath;
}

/**
 * Folder to give to a client as host. A long path, or one with a comma, at which libpq splits hosts, is reached through the working folder of the server's process, which
 * Linux offers under a short name; it is good for as long as this server runs.
 */
function socketFolder(dataDirectory: string): string {
  if (isShortEnough(dataDirectory) && !dataDirectory.includes(',')) return dataDirectory;
  // Without a server there is no such folder: ENOENT, as for a short path.
  return `/proc/${findPostmaster(dataDirectory) ?? 0}/cwd`;
}

/** As `postgres`, which exists on every platform once it is bootstrapped. */
export function settingsFor(dataDirectory: string, database: string): ConnectionSettings {
  return {
    host: socketFolder(dataDirectory),
    port: 5432,
    user: 'postgres',
    database,
    password: null,
    role: null,
  };
}

export function adminSettingsFor(dataDirectory: string, platform: Platform, database: string): ConnectionSettings {
  return { ...settingsFor(dataDirectory, database), user: superuserOf(platform) };
}

/** SQLSTATEs and system codes of a server that is absent, starts, or stops. */
const passing = new Set([
  'CONNECTION_LOST',
  'ENOENT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '08006',
]);
/** pg says these without any code. */
const passingWords = /not queryable|Connection terminated|Connection ended unexpectedly|read ECONNRESET/;

/** Whether trying again may help: the server is not there yet, or is going just now. Looks through all causes. */
export function isPassing(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === 'string' && passing.has(code)) return true;
    if (passingWords.test(at.message)) return true;
  }
  return false;
}
