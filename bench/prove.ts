/** `dbkit migrate prove` of fifty migrations: the reference application's, and tables of the same kind after them. */
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contestant } from './time.ts';
import { printTable, timeInRounds } from './time.ts';

const wanted = 50;
const root = new URL('..', import.meta.url).pathname;
const dbkit = join(root, 'bin/dbkit.js');
const node = process.execPath;

export async function benchProve(rounds: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'dbkit-bench-'));
  try {
    const migrations = join(home, 'migrations');
    await cp(join(root, 'migrations'), migrations, { recursive: true });
    // What the files of the reference application import.
    await cp(join(root, 'node_modules', 'kysely'), join(home, 'node_modules', 'kysely'), { recursive: true });
    const given = (await readdir(migrations)).length;
    for (let number = given + 1; number <= wanted; number += 1) {
      for (const [name, text] of Object.entries(tableOf(number))) await writeFile(join(migrations, name), text);
    }
    await writeFile(
      join(home, 'dbkit.config.json'),
      JSON.stringify({ platform: 'supabase', migrations: 'migrations' }),
    );
    const run = (name: string, args: readonly string[]): Contestant => ({
      name,
      command: () => ({ file: node, args: [dbkit, 'migrate', 'prove', ...args, '--quiet'], cwd: home }),
    });
    printTable(
      `prove ${wanted} migrations of the reference kind; bars: 10 s, and 1 s where nothing has changed`,
      await timeInRounds([run('all of them', ['--all']), run('nothing changed', [])], rounds),
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** With what a table of the reference application has: keys, row security, policies, grants, a trigger, a view. */
function tableOf(number: number): Record<string, string> {
  const name = `20270101${String(number).padStart(6, '0')}_things_${number}`;
  const table = `public.things_${number}`;
  const up = `create table ${table} (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.users (id) on delete cascade,
  label text not null check (length(label) between 1 and 200),
  shared boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index things_${number}_by_user on ${table} (user_id);
alter table ${table} enable row level security;
revoke all on ${table} from public, anon, authenticated, service_role;
grant select, insert, update, delete on ${table} to authenticated;
create policy things_select on ${table} for select to authenticated using (user_id = (select auth.uid()) or shared);
create policy things_insert on ${table} for insert to authenticated with check (user_id = (select auth.uid()));
create policy things_update on ${table} for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy things_delete on ${table} for delete to authenticated using (user_id = (select auth.uid()));
create trigger touch_updated_at before update on ${table}
  for each row when (old.label is distinct from new.label) execute function private.touch_updated_at();
create view public.shared_things_${number} with (security_invoker = true) as select id, label from ${table} where shared;
`;
  return {
    [`${name}.up.sql`]: up,
    [`${name}.down.sql`]: `-- dbkit:lossy every row of ${table}\ndrop view public.shared_things_${number};\ndrop table ${table};\n`,
  };
}
