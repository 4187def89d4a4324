/** Writes the marker: the name of the environment that a database is. Nothing else does. */
import { DbkitError } from '../errors.ts';
import { ensureOwnSchema, readMarker, writeMarker } from '../postgres/own-schema.ts';
import type { VerbContext } from '../postgres/target.ts';
import type { MarkReport } from './report.ts';

export interface MarkOptions {
  readonly environment: string;
  readonly app: string;
  /** Needed to change a marker that says another environment. */
  readonly yes: boolean;
  readonly actor: string | null;
  readonly dbkitVersion: string;
}

/** Throws CONFIRMATION_NEEDED where another marker stands. */
export async function markDatabase(options: MarkOptions, { db }: VerbContext): Promise<MarkReport> {
  const { environment, app, yes, actor, dbkitVersion } = options;
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
        `insert into dbkit.event (app, event, subject, actor, dbkit_version, detail)
         values ($1, 'mark', $2, $3, $4, pg_catalog.jsonb_build_object('before', $5::text))`,
        [app, environment, actor, dbkitVersion, before],
      );
      await connection.run('commit');
    }
    return { target: db.description, before, marker: environment };
  } finally {
    await connection.close();
  }
}
