/** The TypeScript files are plain Kysely migrations: Kysely's own Migrator takes them as they are. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import { FileMigrationProvider, Migrator, NO_MIGRATIONS } from 'kysely/migration';
import pg from 'pg';
import { expect, it } from 'vitest';
import { migrationProject, tableModule } from './project.ts';

// Where dbkit is installed, the file says 'dbkit'; Kysely alone knows no such name in a folder of a test.
const library = new URL('../../src/index.ts', import.meta.url).href;

it('runs up and down in Kysely’s Migrator, and an irreversible one refuses there too', async () => {
  const project = await migrationProject({
    ...tableModule('01', 'doctors'),
    ...tableModule('02', 'patients'),
    '03_letters.ts': `import { irreversible } from '${library}';
export async function up(db: any) { await db.schema.createTable('letters').execute(); }
export const down = irreversible('letters were sent');
`,
  });
  const { host, port, user, database } = project.db.settings;
  const pool = new pg.Pool({ host, port, user, database });
  const db = new Kysely({ dialect: new PostgresDialect({ pool }) });
  try {
    const provider = new FileMigrationProvider({ fs, path, migrationFolder: project.folder });
    const migrator = new Migrator({ db, provider });
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
    expect(await project.tables()).toEqual(expect.arrayContaining(['doctors', 'letters', 'patients']));
    const { error } = await migrator.migrateTo(NO_MIGRATIONS);
    expect(String(error)).toContain('irreversible: letters were sent');
    expect(await project.tables()).toEqual(expect.arrayContaining(['doctors', 'letters', 'patients']));
  } finally {
    await db.destroy();
  }
});
