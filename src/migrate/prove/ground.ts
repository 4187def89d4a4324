/** Where a command line wants its proofs made: a scratch like the target that was named, or as the config says. */
import type { ChoiceVerbInput } from '../../command.ts';
import { defaultMajor } from '../../postgres/open-target.ts';
import type { Target } from '../../postgres/target.ts';
import { sha256 } from '../checksum.ts';
import type { MigrationFile } from '../migration.ts';
import { readLikeness } from '../scratch/likeness.ts';
import { lookAt } from '../scratch/read-only.ts';
import { openMigrationScratch } from '../scratch.ts';
import type { ProvingGround } from './prove.ts';

export interface OpenedGround extends ProvingGround {
  /** Closes the target that was looked at. */
  close(): Promise<void>;
}

export async function provingGround(input: ChoiceVerbInput, files: readonly MigrationFile[]): Promise<OpenedGround> {
  const { config, options } = input;
  // A target that was merely lying about in the environment is not asked.
  const named = ['databaseUrl', 'env', 'target'].some((name) => options[name] !== undefined);
  const like = named ? (await input.openTarget()).db : null;
  try {
    const where = typeof options.scratch === 'string' ? options.scratch : config.scratch.where;
    const ours = where === null || where === 'embedded' || where.startsWith('container:');
    return {
      roles: ours ? 'all' : 'used',
      conditions: [
        // A URL may hold a password, which is in no way to be read from what is kept.
        where === null ? null : sha256(withoutPassword(where)),
        config.scratch.extensions,
        config.scratch.superuser,
        like === null ? asConfigured(input) : await asLooked(like, input.signal),
      ],
      open: () => openMigrationScratch(input, like, { files }),
      close: async () => like?.close(),
    };
  } catch (error) {
    await like?.close();
    throw error;
  }
}

function asConfigured({ config }: ChoiceVerbInput): readonly unknown[] {
  return [config.postgres.version ?? defaultMajor, config.platform, config.supabase.defaultPrivileges];
}

async function asLooked(like: Target, signal: AbortSignal): Promise<readonly unknown[]> {
  return [
    like.description.platform,
    await lookAt(like, { applicationName: 'dbkit migrate prove', signal }, (connection) => readLikeness(connection)),
  ];
}

function withoutPassword(where: string): string {
  return where.replace(/(\/\/[^/@:]*):[^/@]*@/, '$1@').replace(/\bpassword=[^&\s]*/gi, '');
}
