/** Databases that are made once for a run and then cloned: one with all that Supabase brings, and what is built on it. */
import { applyPlatform } from '../../src/postgres/platform/apply-platform.ts';
import type { DefaultPrivileges } from '../../src/postgres/platform/default-privileges.ts';
import type { SharedServer } from './servers.ts';
import { withSession } from './sessions.ts';

/** Any number that no other lock of the run uses. */
const templateLock = 704_229_101;

export function bootstrappedTemplate(server: SharedServer, defaultPrivileges: DefaultPrivileges): Promise<string> {
  return template(server, `template_${defaultPrivileges}`, 'template0', (database) =>
    withSession({ ...server.adminSettings, database }, async (inside) => {
      await applyPlatform(inside, { platform: 'supabase', defaultPrivileges });
    }),
  );
}

/**
 * Name of a template that `fill` makes out of a clone of `from`; the first worker that asks makes it, the others wait.
 * `fill` closes the sessions that it opens.
 */
export async function template(
  server: SharedServer,
  name: string,
  from: string,
  fill: (database: string) => Promise<void>,
): Promise<string> {
  await withSession(server.adminSettings, async (admin) => {
    await admin.query('select pg_catalog.pg_advisory_lock($1)', [templateLock]);
    const { rows } = await admin.query('select 1 from pg_catalog.pg_database where datname = $1 and datistemplate', [
      name,
    ]);
    if (rows.length > 0) return;
    await admin.run(`drop database if exists ${name}`);
    await admin.run(`create database ${name} template ${from} strategy file_copy`);
    await fill(name);
    // Last: a template that was left half made is not taken for a ready one.
    await admin.run(`alter database ${name} is_template true allow_connections false`);
  });
  return name;
}
