/** What happens to migrations, as appended to `dbkit.event`. */
import type { Connection } from '../postgres/connect.ts';

/** Who ran what from where; goes into every event. */
export interface Provenance {
  readonly actor: string | null;
  readonly commit: string | null;
  readonly runUrl: string | null;
  readonly planHash: string | null;
  readonly dbkitVersion: string;
}

export interface NewEvent {
  readonly event: string;
  readonly subject: string | null;
  readonly checksumBefore: string | null;
  readonly checksumAfter: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Columns and their parameters, for statements that append an event beside other work: $1 is the app, $3 the subject. */
export const eventColumns = `app, event, subject, actor, commit, run_url, plan_hash, checksum_before, checksum_after, dbkit_version, detail`;
export const eventValues = '$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb';

export function eventParameters(app: string, by: Provenance, event: NewEvent): unknown[] {
  return [
    app,
    event.event,
    event.subject,
    by.actor,
    by.commit,
    by.runUrl,
    by.planHash,
    event.checksumBefore,
    event.checksumAfter,
    by.dbkitVersion,
    JSON.stringify(event.detail),
  ];
}

/** Appends an event. */
export function insertEvent(connection: Connection, app: string, by: Provenance, event: NewEvent): Promise<unknown> {
  return connection.query(
    `insert into dbkit.event (${eventColumns}) values (${eventValues})`,
    eventParameters(app, by, event),
  );
}
