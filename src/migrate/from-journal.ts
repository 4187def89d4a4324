/** The rollback of a migration whose file is gone: the journal keeps the text of SQL downs. */
import { DbkitError } from '../errors.ts';
import type { Connection } from '../postgres/connect.ts';
import { checksumSql } from './checksum.ts';
import { readDownText } from './journal.ts';
import type { MigrationFile, SqlScript } from './migration.ts';
import { readDirectives } from './sql-file.ts';
import type { MigrationState } from './state.ts';

/** The file of a state, or what the journal kept of it. Throws MIGRATION_DELETED when that can not be run. */
export async function fileOf(connection: Connection, state: MigrationState, app: string): Promise<MigrationFile> {
  if (state.file !== null) return state.file;
  const { name, entry } = state;
  const text = entry === null || entry.kind === 'typescript' ? null : await readDownText(connection, app, name);
  if (entry === null || text === null) {
    throw new DbkitError('MIGRATION_DELETED', `${name} is to be undone, but its file is gone`, {
      hint: 'bring the file back: the journal keeps the rollback of SQL migrations only',
    });
  }
  const down = checksumSql(text);
  if (down.raw !== entry.downChecksum) {
    throw new DbkitError('MIGRATION_DELETED', `${name} is to be undone, but its file is gone`, {
      hint: 'bring the file back: its rollback holds a secret, and the journal keeps no secrets',
    });
  }
  const file = `${name}.down.sql (from the journal)`;
  const script: SqlScript = { file, source: text, text, offset: 0 };
  // A section of a dbmate file does not hold the line that says `transaction:false`.
  const transactional = entry.kind === 'dbmate' ? entry.transactional : readDirectives(file, text).transaction;
  return {
    name,
    version: name.replace(/_.*$/, ''),
    kind: entry.kind,
    file,
    up: { raw: entry.upChecksum, normalized: entry.upNormalized },
    down,
    sql: { up: { ...script, source: '', text: '' }, down: script },
    downText: text,
    missingDown: null,
    directives: {
      transaction: { up: entry.transactional, down: transactional },
      irreversible: null,
      lossy: entry.lossy,
      allow: [],
    },
  };
}
