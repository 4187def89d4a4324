/** What a scratch server cannot give of the database that it stands for, and how each gap is closed. */
import { DbkitError } from '../errors.ts';
import type { ExecutingRole } from './scratch-role.ts';
import { roleDifferences } from './scratch-role.ts';
import { notToBeStubbed } from './scratch-stubs.ts';

export interface ScratchGap {
  /** `PostgreSQL 17`, `extension pg_cron 1.6`. */
  readonly what: string;
  /** What to type, or to write into the config. */
  readonly close: string;
  /** Nothing can be concluded with it. */
  readonly refused: boolean;
}

/** What is wanted; computed before any server is started. */
export interface ScratchWanted {
  readonly major: number;
  /** `17.5` where a target says so; else null. */
  readonly version: string | null;
  /** `libc de_DE.UTF-8`, or null. */
  readonly locale: string | null;
  /** That the migrations need, without those that the config stubs. */
  readonly extensions: readonly { readonly name: string; readonly version: string | null }[];
  readonly role: ExecutingRole | null;
  /** Roles that the migrations name and that the target has. */
  readonly roles: readonly string[];
  readonly platform: 'postgres' | 'supabase';
}

export interface ScratchOffer {
  /** `18.4`; null: there is no server of the wanted major, and `install` gets one. */
  readonly version: string | null;
  readonly install: string | null;
  readonly locale: string | null;
  readonly extensions: ReadonlyMap<string, readonly string[]>;
  /** Null: it is made as wanted. */
  readonly role: ExecutingRole | null;
  /** Null: they are made as wanted. */
  readonly roles: ReadonlySet<string> | null;
}

/** In the order of weight; empty: the scratch database is like the other in all that is compared. */
export function findGaps(wanted: ScratchWanted, offer: ScratchOffer): readonly ScratchGap[] {
  const image = imageFor(wanted);
  return [
    ...versionGaps(wanted, offer, image),
    ...wanted.extensions.flatMap(({ name, version }) => extensionGap(name, version, offer, image)),
    ...(wanted.locale === null || offer.locale === null || wanted.locale === offer.locale
      ? []
      : [
          {
            what: `locale ${wanted.locale} (here ${offer.locale})`,
            close: `--scratch with the URL of a server on a machine that has it, or ${image}`,
            refused: false,
          },
        ]),
    ...(wanted.role === null || offer.role === null ? [] : roleGaps(wanted.role, offer.role)),
    ...wanted.roles
      .filter((role) => offer.roles?.has(role) === false)
      .map((role) => ({ what: `role ${role}`, close: `on the scratch server: create role "${role}"`, refused: true })),
  ];
}

function versionGaps(wanted: ScratchWanted, offer: ScratchOffer, image: string): readonly ScratchGap[] {
  const { version, install } = offer;
  if (version === null) {
    const close = [...(install === null ? [] : [install]), image].join(', or ');
    return [{ what: `PostgreSQL ${wanted.major}`, close, refused: true }];
  }
  if (Number.parseInt(version, 10) !== wanted.major) {
    return [{ what: `PostgreSQL ${wanted.version ?? wanted.major} (here ${version})`, close: image, refused: true }];
  }
  if (wanted.version === null || wanted.version === version) return [];
  return [{ what: `PostgreSQL ${wanted.version} (here ${version})`, close: image, refused: false }];
}

function extensionGap(name: string, version: string | null, offer: ScratchOffer, image: string): readonly ScratchGap[] {
  const offered = offer.extensions.get(name) ?? [];
  if (offered.length === 0) {
    const own = notToBeStubbed[name];
    const stub = `scratch.extensions: { ${/^\w+$/.test(name) ? name : `'${name}'`}: 'stub' }`;
    const close = own === undefined ? `${stub} in the config, or ${image}` : `--scratch container:${own}:<tag>`;
    return [{ what: `extension ${name}${version === null ? '' : ` ${version}`}`, close, refused: true }];
  }
  // An update script may be all that names a version.
  if (version === null || offered.includes(version)) return [];
  return [{ what: `extension ${name} ${version} (here ${offered.join(', ')})`, close: image, refused: false }];
}

function roleGaps(wanted: ExecutingRole, offered: ExecutingRole): readonly ScratchGap[] {
  const differences = roleDifferences(wanted, offered);
  if (differences.length === 0) return [];
  return [
    {
      what: `a role like ${wanted.name} (${differences.join('; ')})`,
      close: 'leave --scratch out, or give the URL of a role with these attributes',
      refused: false,
    },
  ];
}

function imageFor({ platform, version, major }: ScratchWanted): string {
  if (platform === 'supabase') return `--scratch container:supabase/postgres:${version ?? major}.<build>`;
  return `--scratch container:postgres:${version ?? major}`;
}

/** All gaps in one message. */
export function gapsMessage(gaps: readonly ScratchGap[]): string {
  return `the scratch database lacks ${gaps.map(({ what }) => what).join('; ')}`;
}

/** Throws SCRATCH_UNLIKE when one of the gaps leaves nothing to conclude; its details are every gap with its remedy. */
export function refuseGaps(gaps: readonly ScratchGap[]): void {
  const [first] = gaps.filter(({ refused }) => refused);
  if (first === undefined) return;
  throw new DbkitError('SCRATCH_UNLIKE', `${gapsMessage(gaps)}; nothing was run`, {
    hint: first.close,
    details: gaps.map(({ what, close }) => `${what}: ${close}`),
  });
}
