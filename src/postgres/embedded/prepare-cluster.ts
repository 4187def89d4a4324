/** What a new cluster gets once, before the first command may use it: the roles and objects of its platform. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../connect.ts';
import { applyPlatform } from '../platform/apply-platform.ts';
import type { EmbeddedServerOptions } from '../server.ts';
import { adminSettingsFor } from './reach.ts';

const fileName = 'dbkit.prepared';

export function isPrepared(dataDirectory: string): boolean {
  return existsSync(join(dataDirectory, fileName));
}

/** May run again after a crash half way, and twice at once. */
export async function prepareCluster(dataDirectory: string, options: EmbeddedServerOptions): Promise<void> {
  const { platform, defaultPrivileges, signal } = options;
  const settings = adminSettingsFor(dataDirectory, platform, 'postgres');
  const admin = await connect(settings, { applicationName: 'dbkit prepare', signal });
  try {
    await applyPlatform(admin, { platform, defaultPrivileges });
  } finally {
    await admin.close();
  }
  writeFileSync(join(dataDirectory, fileName), `${platform}\n`);
}
