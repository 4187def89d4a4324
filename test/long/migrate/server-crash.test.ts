/** A server that crashes in the middle of a run: what its journal says is what is there, and the next `up` ends the run. */
import { expect, it } from 'vitest';
import { migrateUp } from '../../../src/migrate/migrate.ts';
import { connect } from '../../../src/postgres/connect.ts';
import { acquireEmbeddedServer } from '../../../src/postgres/embedded/acquire.ts';
import { findPostmaster } from '../../../src/postgres/embedded/pid-file.ts';
import type { EmbeddedServerOptions } from '../../../src/postgres/server.ts';
import { failureOf, migrationProject, tableModule, tablePair, targetOn } from '../../migrate/project.ts';
import { dataDirectoryOf, embeddedProject } from '../../postgres/embedded-project.ts';

const count = 60;
const versions = Array.from({ length: count }, (_, index) => String(index + 1).padStart(3, '0'));

function crash(project: EmbeddedServerOptions): void {
  const postmaster = findPostmaster(dataDirectoryOf(project));
  if (postmaster === null) throw new Error('the server is not there');
  process.kill(postmaster, 'SIGQUIT');
}

it.each([
  ['SQL', tablePair],
  ['TypeScript', tableModule],
])('%s', async (_what, migration) => {
  const files = versions.map((version) => migration(version, `t${version}`));
  const project = await migrationProject(Object.assign({}, ...files));
  const embedded = embeddedProject();
  let lost = 0;
  for (const moment of [1, 15, 30, 45]) {
    const server = await acquireEmbeddedServer(embedded);
    const settings = server.settings('postgres');
    const admin = await connect(server.adminSettings('postgres'), { applicationName: 'test' });
    // COMMIT waits where it is asked to, and nobody else writes: what was not waited for is surely lost.
    await admin.run('alter system set synchronous_commit = on');
    await admin.run('alter system set wal_writer_delay = 10000');
    await admin.run('select pg_reload_conf()');
    await admin.run('drop schema if exists dbkit cascade; drop schema public cascade; create schema public');
    await admin.close();
    let told = 0;
    const error = await failureOf(
      migrateUp(project.options, {
        ...project.context,
        db: targetOn(settings),
        onEvent: ({ kind }) => {
          if (kind === 'end') told += 1;
          if (kind === 'end' && told === moment) crash(embedded);
        },
      }),
    );
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', exitCode: 3 });
    await server.release();

    const again = await acquireEmbeddedServer(embedded);
    const sql = await connect(again.settings('postgres'), { applicationName: 'test' });
    const read = async (query: string) => (await sql.query<{ name: string }>(query)).rows.map(({ name }) => name);
    const journal = await read('select name from dbkit.journal order by applied_order');
    const tables = await read(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
    );
    expect(tables, 'what the journal says is there').toEqual(journal.map((name) => name.split('_')[1]));
    expect(journal, 'none is missing in between').toEqual(
      versions.slice(0, journal.length).map((version) => `${version}_t${version}`),
    );
    lost += Math.max(0, told - journal.length);
    const context = { ...project.context, db: targetOn(again.settings('postgres')) };
    expect(await migrateUp(project.options, context)).toMatchObject({ applied: count, pending: 0 });
    await sql.close();
    await again.release();
  }
  expect(lost, 'some were told of and not on the disk').toBeGreaterThan(0);
});
