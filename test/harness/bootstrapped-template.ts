/** A database with all that Supabase brings, made once for a run and then cloned. */
import { applyPlatform } from '../../src/postgres/platform/apply-platform.ts';
import type { DefaultPrivileges } from '../../src/postgres/platform/default-privileges.ts';
import type { SharedServer } from './servers.ts';
import { withSession } from './sessions.ts';

/** Any number that no other lock of the run uses. */
const templateLock = 704_229_101;

/** Name of the template; the first worker that asks makes it, the others wait for it. */
export async function bootstrappedTemplate(
  server: SharedServer,
  defaultPrivileges: DefaultPrivileges,
): Promise<string> {
  const name = `template_${defaultPrivileges}`;
  await withSession(server.adminSettings, async (admin) => {
    await admin.query('select pg_catalog.pg_advisory_lock($1)', [templateLock]);
    const { rows } = await admin.query('select 1 from pg_catalog.pg_database where datname = $1 and datistemplate', [
      name,
    ]);
    if (rows.length > 0) return;
    await admin.run(`drop database if exists ${name}`);
    await admin.run(`create database ${name} template template0 strategy file_copy`);
    await withSession({ ...server.adminSettings, database: name }, (inside) =>
      applyPlatform(inside, { platform: 'supabase', defaultPrivileges }),
    );
    // Last: a template that was left half made is not taken for a ready one.
    await admin.run(`alter database ${name} is_template true allow_connections false`);
  });
  return name;
}
