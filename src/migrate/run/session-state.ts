/**
 * Puts a session back to what it was: a migration that says SET (every dump of pg_dump empties the search_path) must
 * change neither the migrations after it nor our own records, and behind a pooler not the sessions of strangers.
 */
import type { Connection } from '../../postgres/connect.ts';
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts';
import type { Statement } from '../../postgres/sql-text.ts';

/** True when a statement may change settings of its session. */
export function changesSession({ words, text }: Pick<Statement, 'words' | 'text'>): boolean {
  const [first = '', second = ''] = words;
  if (first === 'set') return second !== 'constraints' && second !== 'transaction';
  if (first === 'do') return /\bset\s|\bset_config\b/i.test(text);
  return first === 'reset' || first === 'discard' || first === 'deallocate' || words.includes('set_config');
}

/**
 * SQL that brings the session back to what it is now, its role included. Timeouts of locks and statements are left to
 * each run, which sets them anyway.
 */
export async function captureSession(connection: Connection): Promise<string> {
  const { rows } = await connection.query<{ name: string; value: string }>(
    `select name, pg_catalog.current_setting(name) as value from pg_catalog.pg_settings
     where source = 'session' and name not in ('lock_timeout', 'statement_timeout')
     union all select 'role', pg_catalog.current_setting('role') order by name`,
  );
  const settings = rows.map(({ name, value }) => {
    if (name !== 'role') return `select pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false)`;
    return value === 'none' ? 'set role none' : `set role ${quoteIdentifier(value)}`;
  });
  return ['reset all', ...settings].join('; ');
}
