/** What the command line says to a verb of migrations, parsed. */
import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { TargetVerbInput, VerbInput } from '../command.ts';
import { DbkitError } from '../errors.ts';
import type { MigrationFile } from './migration.ts';
import type { RunOptions } from './options.ts';

const defaultWaitMs = 600_000;

export async function migrateOptions(input: VerbInput): Promise<RunOptions> {
  const { config, options, origin } = input;
  const { parseDuration } = await import('../config/duration.ts');
  const { statementTimeoutOf } = await import('../config/resolve-config.ts');
  const waitMs = options.wait === undefined ? defaultWaitMs : parseDuration(String(options.wait));
  if (waitMs === null) throw noDuration(options.wait);
  const plan = typeof options.plan === 'string' ? options.plan : null;
  return {
    folder: config.migrations,
    app: config.app,
    lockTimeoutMs: config.lockTimeoutMs,
    statementTimeoutMs: statementTimeoutOf(
      config,
      'context' in input ? (input as TargetVerbInput).context.db.description.environment : null,
    ),
    keepText: config.journal.statements === 'text',
    waitMs,
    provenance: { ...origin, planHash: plan },
    allowUnordered: options.allowUnordered === true,
    singleTransaction: options.singleTransaction === true,
    yes: options.yes === true,
    plan,
  };
}

function noDuration(wait: unknown): DbkitError {
  return new DbkitError('USAGE', `--wait ${String(wait)} is no duration`, { hint: '--wait 30s, --wait 10min' });
}

/** What is known to be wrong without a database, and without reading the files: a duration, a folder that is missing. */
export async function refuseEarly({ config, options }: VerbInput): Promise<void> {
  if (options.wait !== undefined) {
    const { parseDuration } = await import('../config/duration.ts');
    if (parseDuration(String(options.wait)) === null) throw noDuration(options.wait);
  }
  if (existsSync(config.migrations)) return;
  const { readMigrationFolder } = await import('./folder.ts');
  await readMigrationFolder(config.migrations);
}

/** The folder, read while the server is not there yet. */
export async function readFiles({ config }: VerbInput): Promise<readonly MigrationFile[]> {
  const { readMigrationFolder } = await import('./folder.ts');
  return readMigrationFolder(config.migrations);
}

/** A count as commander parses it; throws for what is none. */
export function positiveInteger(text: string): number {
  const count = parseCount(text);
  if (count === null) throw new InvalidArgumentError('it is a whole number from 1.');
  return count;
}

/** Null for 0, negative numbers and text. */
export function parseCount(text: string): number | null {
  const count = Number(text);
  return /^\d+$/.test(text) && count >= 1 && Number.isSafeInteger(count) ? count : null;
}
