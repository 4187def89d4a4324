/** Writes the marker: the name of the environment that a database is. Nothing else does. */
import { nearest } from '../config/nearest.ts';
import type { ResolvedConfig } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import { ensureOwnSchema, readMarker, writeMarker } from '../postgres/own-schema.ts';
import type { TargetDescription, VerbContext } from '../postgres/target.ts';
import type { MarkReport } from './report.ts';

export interface MarkOptions {
  readonly environment: string;
  readonly config: Pick<ResolvedConfig, 'app' | 'environments'>;
  /** Needed to change a marker that says another environment. */
  readonly yes: boolean;
  /** For the event. */
  readonly actor: string | null;
  readonly commit: string | null;
  readonly runUrl: string | null;
  readonly dbkitVersion: string;
}

/**
 * Throws USAGE for a name that the config does not know or that is not the environment of this target,
 * CONFIRMATION_NEEDED where another marker stands, SCHEMA_TOO_NEW, INSUFFICIENT_PRIVILEGE.
 */
export async function markDatabase(options: MarkOptions, { db }: VerbContext): Promise<MarkReport> {
  const { environment, config, yes, dbkitVersion } = options;
  refuseUnknown(environment, config.environments, db.description);
  const connection = await db.connect('dbkit db mark');
  try {
    const before = await readMarker(connection);
    if (before !== null && before !== environment && !yes) {
      throw new DbkitError('CONFIRMATION_NEEDED', `this database is marked as ${before}, not as ${environment}`, {
        hint: `if it really is ${environment} now: dbkit db mark ${environment} --yes`,
      });
    }
    if (before !== environment) {
      await ensureOwnSchema(connection, dbkitVersion);
      await connection.run('begin');
      await writeMarker(connection, environment);
      await connection.query(
        `insert into dbkit.event (app, event, subject, actor, commit, run_url, dbkit_version, detail)
         values ($1, 'mark', $2, $3, $4, $5, $6, pg_catalog.jsonb_build_object('before', $7::text))`,
        [config.app, environment, options.actor, options.commit, options.runUrl, dbkitVersion, before],
      );
      await connection.run('commit');
    }
    return { target: { ...db.description, marker: environment }, before, marker: environment };
  } finally {
    await connection.close();
  }
}

/** A misspelt marker of a protected environment would take its protection away. */
function refuseUnknown(name: string, environments: ResolvedConfig['environments'], target: TargetDescription): void {
  if (name === '')
    throw new DbkitError('USAGE', 'the name of the environment is empty', { hint: 'dbkit db mark staging' });
  const known = Object.keys(environments);
  if (known.length > 0 && !known.includes(name)) {
    const near = nearest(name, known);
    throw new DbkitError('USAGE', `there is no environment "${name}" in the config`, {
      hint: near === null ? `the config has ${known.join(', ')}` : `did you mean "${near}"?`,
    });
  }
  if (target.environment !== null && target.environment !== name) {
    throw new DbkitError(
      'USAGE',
      `this is the target of environment "${target.environment}" (from ${target.source}), not of "${name}"`,
      { hint: `dbkit db mark ${target.environment}, or choose the other target: --env ${name}` },
    );
  }
}
