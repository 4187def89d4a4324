/** Start-up, 200 migrations up and status, beside psql and the peers. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../src/postgres/connect.ts';
import { connect } from '../src/postgres/connect.ts';
import type { ThrowawayServer } from '../src/postgres/embedded/throwaway.ts';
import { startThrowawayServer } from '../src/postgres/embedded/throwaway.ts';
import type { Contestant } from './time.ts';
import { printTable, timeInRounds } from './time.ts';

const count = 200;
const dbkit = new URL('../bin/dbkit.js', import.meta.url).pathname;
const peers = new URL('./node_modules/', import.meta.url).pathname;
const node = process.execPath;

export async function benchMigrate(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dbkit-bench-'));
  const server = await startThrowawayServer({
    major: 18,
    platform: 'postgres',
    onEvent: () => {},
    signal: new AbortController().signal,
  });
  const admin = await connect(server.adminSettings('postgres'), { applicationName: 'bench' });
  try {
    await writeMigrations(folder);
    await startUp(rounds * 3);
    for (const fsync of ['on', 'off'] as const) {
      await admin.run(`alter system set fsync = ${fsync}`);
      await admin.run(`alter system set synchronous_commit = ${fsync}`);
      await admin.run(`alter system set full_page_writes = ${fsync}`);
      await admin.run('select pg_reload_conf()');
      await up(folder, server, admin, fsync, rounds);
    }
    await status(folder, server, admin, rounds * 3);
  } finally {
    await admin.close();
    await server.release();
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeMigrations(folder: string): Promise<void> {
  for (const kind of ['sql', 'ts', 'dbmate', 'plain']) await mkdir(join(folder, kind));
  const all: string[] = [];
  for (let index = 1; index <= count; index += 1) {
    const version = `2026010100${String(index).padStart(4, '0')}`;
    const table = `t_${String(index).padStart(4, '0')}`;
    const create = `create table ${table} (id bigint primary key, name text not null, at timestamptz);\n`;
    const drop = `drop table ${table};\n`;
    all.push(create);
    await writeFile(join(folder, 'sql', `${version}_${table}.up.sql`), create);
    await writeFile(join(folder, 'sql', `${version}_${table}.down.sql`), drop);
    await writeFile(
      join(folder, 'dbmate', `${version}_${table}.sql`),
      `-- migrate:up\n${create}\n-- migrate:down\n${drop}`,
    );
    await writeFile(
      join(folder, 'plain', `${version}_${table}.sql`),
      `-- Up Migration\n${create}\n-- Down Migration\n${drop}`,
    );
    await writeFile(
      join(folder, 'ts', `${version}_${table}.ts`),
      `import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('${table}')
    .addColumn('id', 'bigint', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('at', sql\`timestamptz\`)
    .execute();
}

export async function down(db: Kysely<any>): Promise<void> {
  await db.schema.dropTable('${table}').execute();
}
`,
    );
  }
  await writeFile(join(folder, 'all.sql'), all.join(''));
  await writeFile(
    join(folder, 'kysely-migrator.mjs'),
    `import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Kysely, PostgresDialect } from 'kysely';
import { FileMigrationProvider, Migrator } from 'kysely/migration';
import pg from '${peers}pg/lib/index.js';
const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env.DATABASE_URL }) }) });
const migrator = new Migrator({ db, provider: new FileMigrationProvider({ fs, path, migrationFolder: process.argv[2] }) });
const { error } = await migrator.migrateToLatest();
await db.destroy();
if (error) throw error;
`,
  );
  for (const kind of ['sql', 'ts'])
    await writeFile(join(folder, `${kind}.config.json`), JSON.stringify({ migrations: `./${kind}` }));
  // As in a project: kysely lies beside the migrations.
  await mkdir(join(folder, 'node_modules'));
  await symlink(new URL('../node_modules/kysely', import.meta.url).pathname, join(folder, 'node_modules/kysely'));
}

const bare = (name: string, ...args: readonly string[]): Contestant => ({
  name,
  command: () => ({ file: node, args }),
});

function dbkitMigrate(verb: readonly string[], config: string, url: string) {
  return { file: node, args: [dbkit, 'migrate', ...verb, '--config', config, '--database-url', url] };
}

async function startUp(rounds: number): Promise<void> {
  const timings = await timeInRounds(
    [bare('node -e 0', '-e', '0'), bare('dbkit --version', dbkit, '--version'), bare('dbkit --help', dbkit, '--help')],
    rounds,
  );
  printTable('start-up', timings, { 'dbkit --version': 1.5, 'dbkit --help': 2 });
}

async function up(
  folder: string,
  server: ThrowawayServer,
  admin: Connection,
  fsync: 'on' | 'off',
  rounds: number,
): Promise<void> {
  const prepare = () => freshDatabase(admin);
  const url = (database: string) => urlOf(server, database);
  const contestants: Contestant[] = [
    {
      name: 'psql',
      prepare,
      command: (database) => ({
        file: 'psql',
        args: ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', join(folder, 'all.sql'), url(database)],
      }),
    },
    ...(['sql', 'ts'] as const).map((kind) => ({
      name: `dbkit, ${kind === 'sql' ? 'SQL' : 'TypeScript'}`,
      prepare,
      command: (database: string) =>
        dbkitMigrate(['up', '--quiet'], join(folder, `${kind}.config.json`), url(database)),
    })),
  ];
  if (existsSync(peers)) {
    contestants.push(
      {
        name: 'kysely Migrator, TypeScript',
        prepare,
        command: (database) => ({
          file: node,
          args: [join(folder, 'kysely-migrator.mjs'), join(folder, 'ts')],
          env: { DATABASE_URL: url(database) },
        }),
      },
      {
        name: 'node-pg-migrate, SQL, a transaction each',
        prepare,
        command: (database) => ({
          file: node,
          args: [
            join(peers, '.bin/node-pg-migrate'),
            'up',
            '-m',
            join(folder, 'plain'),
            '--no-single-transaction',
            '--no-check-order',
          ],
          env: { DATABASE_URL: url(database) },
        }),
      },
      {
        name: 'dbmate (through npm)',
        prepare,
        command: (database) => ({
          file: join(peers, '.bin/dbmate'),
          args: [
            '--url',
            dbmateUrl(server, database),
            '--migrations-dir',
            join(folder, 'dbmate'),
            '--no-dump-schema',
            'up',
          ],
        }),
      },
    );
  }
  const bars =
    fsync === 'on' ? { 'dbkit, SQL': 1.1, 'dbkit, TypeScript': 1.3 } : { 'dbkit, SQL': 1.5, 'dbkit, TypeScript': 2 };
  printTable(`up of ${count} migrations, fsync ${fsync}`, await timeInRounds(contestants, rounds), bars);
}

async function status(folder: string, server: ThrowawayServer, admin: Connection, rounds: number): Promise<void> {
  const small = await freshDatabase(admin);
  const large = await freshDatabase(admin);
  const config = join(folder, 'sql.config.json');
  for (const database of [small, large]) {
    await timeInRounds(
      [
        {
          name: 'up',
          command: () => dbkitMigrate(['up', '--quiet'], config, urlOf(server, database)),
        },
      ],
      1,
      0,
    );
  }
  const filling = await connect(server.adminSettings(large), { applicationName: 'bench' });
  await filling.run(
    "do $$ begin for i in 1..2000 loop execute format('create table public.many_%s (a int, b int, c int, d int, e int, f int, g int, h int)', i); end loop; end $$",
  );
  await filling.close();
  const of = (name: string, database: string): Contestant => ({
    name,
    command: () => dbkitMigrate(['status'], config, urlOf(server, database)),
  });
  const timings = await timeInRounds(
    [bare('node -e 0', '-e', '0'), of('dbkit status', small), of('dbkit status, 2,000 tables more', large)],
    rounds,
  );
  printTable(`status of ${count} applied`, timings, { 'dbkit status': 2.5, 'dbkit status, 2,000 tables more': 2.5 });
}

async function freshDatabase(admin: Connection): Promise<string> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  await admin.run(`create database ${name} strategy file_copy`);
  return name;
}

function urlOf(server: ThrowawayServer, database: string): string {
  const { host, user, port } = server.settings(database);
  return `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}

function dbmateUrl(server: ThrowawayServer, database: string): string {
  const { host, user } = server.settings(database);
  return `postgres://${user}@/${database}?socket=${host}&sslmode=disable`;
}
