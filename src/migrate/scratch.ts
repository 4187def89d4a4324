/** The scratch database of one verb: like a target, or like the config says, with nothing in it yet. */
import type { VerbInput } from '../command.ts';
import type { PostgresMajor } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import { defaultMajor, ownDatabase } from '../postgres/open-target.ts';
import { openScratch } from '../postgres/scratch.ts';
import type { ScratchWanted } from '../postgres/scratch-gaps.ts';
import { findGaps, gapsMessage, refuseGaps } from '../postgres/scratch-gaps.ts';
import { unremarkableRole } from '../postgres/scratch-role.ts';
import type { Target } from '../postgres/target.ts';
import { readMigrationFolder } from './folder.ts';
import type { MigrationFile } from './migration.ts';
import { leftRoles } from './scratch/left-roles.ts';
import type { Likeness } from './scratch/likeness.ts';
import { localeWords, readLikeness } from './scratch/likeness.ts';
import type { MigrationScratch } from './scratch/migration-scratch.ts';
import { ownBinariesOffer } from './scratch/offer.ts';
import type { Furnishing } from './scratch/prepare.ts';
import { existingRoles, furnish } from './scratch/prepare.ts';
import { lookAt } from './scratch/read-only.ts';
import { whatFilesUse } from './scratch/what-files-use.ts';

export interface ScratchExtras {
  /** Of the folder, where it was read already. */
  readonly files?: readonly MigrationFile[] | undefined;
  /** Whose attributes the role has: of who runs migrations now, or of who ran those that are applied. Default `now`. */
  readonly runs?: 'now' | 'before';
}

/**
 * Opens a scratch database for the migrations of the folder. Of its major, extensions, locale, roles and the role that
 * runs the migrations, what the target has (else what the config says) is held against what the scratch offers before
 * anything runs. Throws SCRATCH_UNLIKE with every gap and what closes it, and what `openScratch` throws.
 */
export async function openMigrationScratch(
  input: VerbInput,
  like: Target | null,
  extras: ScratchExtras = {},
): Promise<MigrationScratch> {
  const { config, environment, origin, signal, onEvent, now } = input;
  const files = extras.files ?? (await readMigrationFolder(config.migrations));
  const likeness =
    like === null
      ? null
      : await lookAt(like, { applicationName: 'dbkit scratch', signal }, (connection) =>
          readLikeness(connection, extras.runs),
        );
  const platform = like?.description.platform ?? config.platform ?? 'postgres';
  const furnishing = plan(input, files, likeness, platform);
  const { wanted, stubs } = furnishing;
  const where = typeof input.options.scratch === 'string' ? input.options.scratch : config.scratch.where;
  if (where === null || where === 'embedded') {
    const offer = ownBinariesOffer(config.root, wanted.major);
    if (offer !== null) refuseGaps(findGaps(wanted, offer));
  }
  const lacks: string[] = [];
  let roles: ReadonlySet<string> | null = null;
  const { target } = await openScratch({
    projectRoot: config.root,
    major: wanted.major as PostgresMajor,
    platform,
    defaultPrivileges: likeness?.defaultPrivileges ?? config.supabase.defaultPrivileges,
    scratch: where,
    role: wanted.role,
    database: likeness === null ? { name: ownDatabase } : { name: likeness.database, locale: likeness.locale },
    stubs,
    prepare: async (admin, place) => {
      if (!place.ours) roles = await existingRoles(admin);
      const gaps = await furnish(admin, place.ours, furnishing);
      lacks.push(...gaps.map(({ what, close }) => `${what}: ${close}`));
      if (gaps.length > 0) {
        onEvent({ kind: 'warn', text: gapsMessage(gaps) });
      }
    },
    environment,
    dbkitVersion: origin.dbkitVersion,
    onEvent,
    signal,
  });
  return {
    context: { db: target, signal, onEvent, now },
    standsFor: wanted.role?.name ?? target.description.role,
    stubs,
    lacks,
    async close() {
      const text = roles === null ? null : await leftRoles(target, roles, whatFilesUse(files));
      if (text !== null) onEvent({ kind: 'warn', text });
      await target.close();
    },
  };
}

/** What is wanted of the scratch, from the target and the files; nothing is started yet. */
function plan(
  { config }: VerbInput,
  files: readonly MigrationFile[],
  likeness: Likeness | null,
  platform: 'postgres' | 'supabase',
): Furnishing {
  const use = whatFilesUse(files);
  const installed = likeness?.extensions ?? [];
  const used = installed.filter(({ name, schema }) => use.uses(name, schema));
  const named = new Set([...used.map(({ name }) => name), ...use.created.keys()]);
  named.delete('plpgsql');
  const stubs = Object.keys(config.scratch.extensions).filter((name) => named.has(name) || use.uses(name, null));
  const superuser = config.scratch.superuser;
  const base = likeness?.role ?? (platform === 'supabase' ? null : unremarkableRole);
  const wanted: ScratchWanted = {
    major: likeness?.major ?? config.postgres.version ?? defaultMajor,
    version: likeness?.version ?? null,
    locale: likeness === null ? null : localeWords(likeness.locale),
    extensions: [...named]
      .filter((name) => !stubs.includes(name))
      .sort()
      .map((name) => ({ name, version: installed.find((one) => one.name === name)?.version ?? null })),
    role: base === null ? null : { ...base, superuser: base.superuser || superuser },
    roles: (likeness?.roles ?? []).map(({ name }) => name).filter((name) => use.expectsRole(name)),
    platform,
  };
  refuseOldMajor(wanted.major);
  return {
    wanted,
    stubs,
    superuser,
    roles: (likeness?.roles ?? []).filter(({ name }) => wanted.roles.includes(name)),
    created: use.created,
    installed,
  };
}

function refuseOldMajor(major: number): void {
  if (major <= 18) return;
  throw new DbkitError('SCRATCH_UNLIKE', `there is no PostgreSQL ${major} to make a scratch database of`, {
    hint: `--scratch with the URL of a server of that major`,
  });
}
