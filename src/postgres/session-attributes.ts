/** `target_session_attrs`: which of several servers will do. */
import type { SessionAttributes } from './connection-settings.ts';

interface Askable {
  query(sql: string): Promise<{ rows: readonly Record<string, unknown>[] }>;
}

/** Why this server is not the wanted one, or null. Asks the server only for what it did not report by itself. */
export async function unwantedBecause(
  wanted: SessionAttributes,
  reported: ReadonlyMap<string, string>,
  client: Askable,
): Promise<string | null> {
  if (wanted === 'any') return null;
  let standby = reported.get('in_hot_standby');
  let readOnly = reported.get('default_transaction_read_only');
  // A pooler may keep reports to itself.
  if (standby === undefined || readOnly === undefined) {
    const { rows } =
      await client.query(`select case when pg_catalog.pg_is_in_recovery() then 'on' else 'off' end as standby,
      pg_catalog.current_setting('transaction_read_only') as read_only`);
    standby = String(rows[0]?.standby);
    readOnly = String(rows[0]?.read_only);
  }
  const isStandby = standby === 'on';
  const isReadOnly = isStandby || readOnly === 'on';
  switch (wanted) {
    case 'read-write':
      return isReadOnly ? 'the session is read-only' : null;
    case 'read-only':
      return isReadOnly ? null : 'the session is not read-only';
    case 'primary':
      return isStandby ? 'the server is a standby' : null;
    case 'standby':
    case 'prefer-standby':
      return isStandby ? null : 'the server is not a standby';
  }
}
