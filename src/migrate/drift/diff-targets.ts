/** `dbkit migrate diff`: the catalogs of two databases of one major. */

import type { Catalog } from '../../catalog/model.ts';
import { readCatalog } from '../../catalog/read.ts';
import { ofApplication } from '../../catalog/scope.ts';
import type { ChoiceVerbInput } from '../../command.ts';
import { chooseTarget } from '../../config/choose-target.ts';
import { readEnvFile } from '../../config/env-file.ts';
import { redactUrl } from '../../config/redact-url.ts';
import type { Platform } from '../../config/schema.ts';
import type { TargetFlags } from '../../config/target-sources.ts';
import { DbkitError } from '../../errors.ts';
import { openTarget } from '../../postgres/open-target.ts';
import type { Target } from '../../postgres/target.ts';
import { readMigrationFolder } from '../folder.ts';
import { lookAt } from '../scratch/read-only.ts';
import { openMigrationScratch } from '../scratch.ts';
import { compareCatalogs, scriptBetween } from './compare.ts';
import { expectedCatalog } from './drift.ts';
import type { DiffReport, DiffSide } from './report.ts';
import { alignUpgraded } from './upgraded.ts';

interface Side extends DiffSide {
  readonly catalog: Catalog;
  readonly platform: Platform;
  readonly stubs: readonly string[];
}

/** Throws USAGE for what names no database and for two majors, and what opening each throws. Writes to neither. */
export async function diffTargets(
  names: readonly [string, string],
  ignore: readonly string[],
  input: ChoiceVerbInput,
): Promise<DiffReport> {
  const opened: Target[] = [];
  try {
    // Together: each may be a server on another continent.
    const targets = await Promise.all(
      names.map(async (name) => {
        if (name === 'scratch') return null;
        const target = await open(name, input);
        opened.push(target);
        return target;
      }),
    );
    const like = targets.find((target) => target !== null) ?? null;
    const sides: Side[] = [];
    for (const [at, name] of names.entries()) {
      const target = targets[at] ?? null;
      sides.push(target === null ? await scratchSide(like, input) : await targetSide(name, target, input.signal));
    }
    const [from, to] = sides as [Side, Side];
    if (from.catalog.major !== to.catalog.major) {
      throw new DbkitError(
        'USAGE',
        `${from.name} is PostgreSQL ${from.serverVersion} and ${to.name} is ${to.serverVersion}: only catalogs of one major compare`,
        { hint: 'compare each with the files: dbkit migrate drift --env <name>' },
      );
    }
    const compare = { ignore, stubs: [...from.stubs, ...to.stubs] };
    const [first, second] = [ofApplication(from.catalog, from.platform), ofApplication(to.catalog, to.platform)];
    // Either may be the one that came from an older major.
    const { catalog: before, told: ofFirst } = alignUpgraded(first, second);
    const { catalog: after, told: ofSecond } = alignUpgraded(second, before);
    const compared = compareCatalogs(before, after, compare);
    const script = scriptBetween(before, after, compare);
    return {
      from: described(from),
      to: described(to),
      ...compared,
      fromUpgrade: [
        ...ofFirst.map((line) => `${from.name}: ${line}`),
        ...ofSecond.map((line) => `${to.name}: ${line}`),
      ],
      script: script.statements,
      impossible: script.impossible,
    };
  } finally {
    for (const target of opened) await target.close();
  }
}

function described({ name, database, serverVersion }: Side): DiffSide {
  return { name, database, serverVersion };
}

async function targetSide(name: string, target: Target, signal: AbortSignal): Promise<Side> {
  const { database, serverVersion, platform } = target.description;
  const catalog = await lookAt(target, { applicationName: 'dbkit migrate diff', signal }, (connection) =>
    readCatalog(connection, { roles: 'used' }),
  );
  return { name: shown(name), database, serverVersion, platform, catalog, stubs: [] };
}

/** All migrations of the folder, on a database like the other side's. */
async function scratchSide(like: Target | null, input: ChoiceVerbInput): Promise<Side> {
  const files = await readMigrationFolder(input.config.migrations);
  const scratch = await openMigrationScratch(input, like, { files });
  try {
    await expectedCatalog(scratch, input, files);
    const side = await targetSide('scratch', scratch.context.db, input.signal);
    return { ...side, stubs: scratch.stubs };
  } finally {
    await scratch.close();
  }
}

/** The URL of an environment may be `env:DATABASE_URL`; the variable by itself names nothing here. */
function open(name: string, { config, environment, signal, onEvent, origin }: ChoiceVerbInput): Promise<Target> {
  const choice = chooseTarget({
    flags: flagsOf(name, Object.keys(config.environments)),
    environment,
    envFile: readEnvFile(config.root),
    config,
    writes: false,
  });
  return openTarget(
    { ...choice, warnings: [] },
    { config, signal, onEvent, environment, dbkitVersion: origin.dbkitVersion },
  );
}

function flagsOf(name: string, environments: readonly string[]): TargetFlags {
  if (environments.includes(name)) return { env: name };
  if (name === 'embedded' || name.startsWith('container:')) return { target: name };
  if (name.startsWith('env:') || name.includes('://')) return { databaseUrl: name };
  throw new DbkitError('USAGE', `"${name}" names no database`, {
    hint: `an environment${environments.length === 0 ? '' : ` (${environments.join(', ')})`}, env:NAME, a URL, embedded, or scratch`,
  });
}

function shown(name: string): string {
  return name.includes('://') ? redactUrl(name) : name;
}
