/** What a new cluster gets once, before the first command may use it: the roles and objects of its platform. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '../connect.ts';
import { connect } from '../connect.ts';
import type { ConnectionSettings } from '../connection-settings.ts';
import { ensureOwnSchema, readMarker, writeMarker } from '../own-schema.ts';
import { applyPlatform } from '../platform/apply-platform.ts';
import type { EmbeddedServerOptions } from '../server.ts';
import { adminSettingsFor, settingsFor } from './reach.ts';

const fileName = 'dbkit.prepared';

export function isPrepared(dataDirectory: string): boolean {
  return existsSync(join(dataDirectory, fileName));
}

/** May run again after a crash half way, and twice at once. */
export async function prepareCluster(dataDirectory: string, options: EmbeddedServerOptions): Promise<void> {
  const { platform, defaultPrivileges, dbkitVersion, signal } = options;
  await withSession(adminSettingsFor(dataDirectory, platform, 'postgres'), signal, async (admin) => {
    await applyPlatform(admin, { platform, defaultPrivileges });
  });
  if (dbkitVersion !== undefined) {
    await withSession(settingsFor(dataDirectory, 'postgres'), signal, async (session) => {
      await ensureOwnSchema(session, dbkitVersion);
      if ((await readMarker(session)) === null) await writeMarker(session, 'embedded');
    });
  }
  writeFileSync(join(dataDirectory, fileName), `${platform}\n`);
}

async function withSession(
  settings: ConnectionSettings,
  signal: AbortSignal,
  work: (session: Connection) => Promise<void>,
): Promise<void> {
  const session = await connect(settings, { applicationName: 'dbkit prepare', signal });
  try {
    await work(session);
  } finally {
    await session.close();
  }
}
