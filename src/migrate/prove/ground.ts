/** Where a command line wants its proofs made. */
import type { ChoiceVerbInput } from '../../command.ts';
import { defaultMajor } from '../../postgres/open-target.ts';
import { openScratch } from '../../postgres/scratch.ts';
import { sha256 } from '../checksum.ts';
import type { ProvingGround } from './prove.ts';

export async function provingGround(input: ChoiceVerbInput): Promise<ProvingGround> {
  const { config, options, signal, onEvent, now, environment, origin } = input;
  const scratch = typeof options.scratch === 'string' ? options.scratch : null;
  const major = config.postgres.version ?? defaultMajor;
  const platform = config.platform ?? 'postgres';
  const { defaultPrivileges } = config.supabase;
  return {
    roles: scratch === null || scratch.startsWith('container:') ? 'all' : 'used',
    // A URL may hold a password, which has no place in what is kept; the hash is of more than it.
    conditions: [major, platform, defaultPrivileges, scratch === null ? null : sha256(withoutPassword(scratch))],
    async open() {
      const { target } = await openScratch({
        projectRoot: config.root,
        major,
        platform,
        defaultPrivileges,
        scratch,
        environment,
        dbkitVersion: origin.dbkitVersion,
        onEvent,
        signal,
      });
      return { context: { db: target, signal, onEvent, now }, stubs: [], close: () => target.close() };
    },
  };
}

function withoutPassword(where: string): string {
  return where.replace(/(\/\/[^/@:]*):[^/@]*@/, '$1@').replace(/\bpassword=[^&\s]*/gi, '');
}
