/** Kysely's own Migrator takes the TypeScript files as they are. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import * as kysely from 'kysely';
import { FileMigrationProvider, Migrator } from 'kysely/migration';
import { expect, it } from 'vitest';
import { createKysely, plainHooks } from '../../src/postgres/kysely.ts';
import { migrationProject, tableModule } from './project.ts';

it('runs them up and down', async () => {
  const files = tableModule('02', 'nurses');
  const project = await migrationProject({
    ...tableModule('01', 'doctors'),
    '02_nurses.ts': `${files['02_nurses.ts']}\nexport const config = { transaction: false, lossy: 'the names' };\n`,
  });
  const session = await project.db.connect();
  const migrator = new Migrator({
    db: createKysely(kysely, plainHooks(session)),
    provider: new FileMigrationProvider({ fs, path, migrationFolder: project.folder }),
  });
  const { results, error } = await migrator.migrateToLatest();
  expect([error, results?.map(({ status }) => status)]).toEqual([undefined, ['Success', 'Success']]);
  expect(await project.tables()).toContain('nurses');
  await migrator.migrateDown();
  expect(await project.tables()).not.toContain('nurses');
});
