/** Lint of 200 SQL files: ours runs them on a scratch database, up, down and up again; squawk reads their text. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printTable, timeInRounds } from './time.ts';

const count = 200;
const dbkit = new URL('../bin/dbkit.js', import.meta.url).pathname;
const peers = new URL('./node_modules/', import.meta.url).pathname;
const squawk = join(peers, '.bin', 'squawk');

export async function benchLint(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dbkit-bench-'));
  try {
    await mkdir(join(folder, 'migrations'));
    const files = await writeMigrations(join(folder, 'migrations'));
    const timings = await timeInRounds(
      [
        // Both end with 1 where they find something, and they do.
        {
          name: 'squawk (parses)',
          command: () => ({ file: 'sh', args: ['-c', '"$@" >/dev/null || test $? -eq 1', 'sh', squawk, ...files] }),
        },
        {
          name: 'dbkit (runs)',
          command: () => ({
            file: 'sh',
            args: [
              '-c',
              '"$@" >/dev/null || test $? -eq 1',
              'sh',
              process.execPath,
              dbkit,
              'migrate',
              'lint',
              '--quiet',
            ],
            cwd: folder,
          }),
        },
      ],
      rounds,
    );
    printTable(`lint of ${count} SQL files`, timings);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A table every fourth file; between them a column, an index and a constraint of it. */
async function writeMigrations(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const table = `t_${String(index - (index % 4)).padStart(4, '0')}`;
    const [up, down] = [
      [
        `create table ${table} (id bigint generated always as identity primary key, name text not null, total integer, at timestamptz not null default now());
alter table ${table} enable row level security;
create policy own on ${table} using (name = current_user);`,
        `drop table ${table};`,
      ],
      [`alter table ${table} add column note text;`, `alter table ${table} drop column note;`],
      [`create index ${table}_by_at on ${table} (at);`, `drop index ${table}_by_at;`],
      [
        `alter table ${table} add constraint positive check (total > 0);\nalter table ${table} alter column total set not null;`,
        `alter table ${table} alter column total drop not null;\nalter table ${table} drop constraint positive;`,
      ],
    ][index % 4] ?? ['', ''];
    const name = `2026010100${String(index).padStart(4, '0')}_${table}`;
    await writeFile(join(folder, `${name}.up.sql`), `${up}\n`);
    await writeFile(join(folder, `${name}.down.sql`), `${down}\n`);
    files.push(join(folder, `${name}.up.sql`));
  }
  return files;
}
