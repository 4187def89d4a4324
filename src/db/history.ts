/** The events of an app, for an auditor. */
import { readIfPresent } from '../postgres/own-schema.ts';
import type { VerbContext } from '../postgres/target.ts';
import type { HistoryEvent, HistoryReport } from './report.ts';

export interface HistoryOptions {
  readonly app: string;
  readonly since: Date | null;
}

/** The oldest first; empty where dbkit's schema does not exist. What marks the database concerns every app. */
export async function readHistory({ app, since }: HistoryOptions, { db }: VerbContext): Promise<HistoryReport> {
  const connection = await db.connect('dbkit db history');
  try {
    const read = await readIfPresent(() =>
      connection.query<Omit<HistoryEvent, 'at'> & { at: Date }>(
        `select at, app, event, subject, session_role as "sessionRole", executing_role as "executingRole", actor, commit,
                run_url as "runUrl", plan_hash as "planHash", checksum_before as "checksumBefore",
                checksum_after as "checksumAfter", dbkit_version as "dbkitVersion", detail
         from dbkit.event
         where (app = $1 or event = 'mark') and ($2::timestamptz is null or at >= $2) order by at, id`,
        [app, since],
      ),
    );
    const events = (read?.rows ?? []).map((event) => ({ ...event, at: event.at.toISOString() }));
    return { target: db.description, app, since: since?.toISOString() ?? null, events };
  } finally {
    await connection.close();
  }
}
