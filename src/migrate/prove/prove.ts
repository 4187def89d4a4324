/**
 * `dbkit migrate prove`: each rollback is tried on a scratch database, in the order of the migrations.
 *
 * One staircase: what one proof leaves is where the next begins. After a fault that leaves the database in an unknown
 * state a fresh one is brought to where it should be, so that one run finds all that is wrong.
 */
import type { VerbContext } from '../../postgres/target.ts';
import { readMigrationFolder } from '../folder.ts';
import type { MigrationFile } from '../migration.ts';
import { loadMigrations } from '../module.ts';
import type { MigrateOptions } from '../options.ts';
import { placeOf } from './choose.ts';
import type { MigrationProof, ProveReport } from './report.ts';
import type { RowMaker } from './row-maker.ts';
import { madeUpRows } from './row-maker.ts';
import { Staircase } from './staircase.ts';
import { proofKeys, readProof, writeProof } from './stored.ts';

/** A database that nobody else knows; `close` throws it away. */
export interface ProvingScratch {
  readonly context: VerbContext;
  /** What stands for what can not be had: conclusions that rest on it are inconclusive. */
  readonly stubs: readonly string[];
  close(): Promise<void>;
}

/** Where proofs are made. */
export interface ProvingGround {
  /** A fresh database, each time. */
  open(): Promise<ProvingScratch>;
  /** `used` where the server has roles that are none of ours. Default `all`. */
  readonly roles?: 'all' | 'used';
  /** What about it decides what is found (platform, major, where): a proof that is kept holds for these alone. */
  readonly conditions: readonly unknown[];
}

export interface ProveOptions {
  readonly migrate: MigrateOptions;
  /** Names; default: all of the folder. Those before them are applied and not proven. */
  readonly only?: readonly string[] | undefined;
  /** The first to be proven; those before it are trusted. */
  readonly from?: string | undefined;
  /** Folder of the proofs that are kept; null: none are read or kept. */
  readonly proofs: string | null;
  /** Prove again what was proven. */
  readonly all?: boolean;
  /** Default: three made-up rows a table. Null: the catalog alone. */
  readonly rows?: RowMaker | null;
}

/** Throws FOLDER_NOT_FOUND, FILE_INVALID, DOWN_MISSING, MIGRATION_UNKNOWN, and what opening a scratch database throws. */
export async function proveMigrations(options: ProveOptions, ground: ProvingGround): Promise<ProveReport> {
  const { folder, files: given, provenance } = options.migrate;
  const files = given ?? (await readMigrationFolder(folder));
  const start = options.from === undefined ? 0 : placeOf(files, options.from);
  const withRows = options.rows === undefined ? 'made up' : options.rows === null ? 'none' : 'given';
  const keys = proofKeys(files, [provenance.dbkitVersion, withRows, ...ground.conditions]);
  const kept = files.map((_, at) => {
    const key = keys[at];
    return options.proofs === null || options.all === true || key === undefined ? null : readProof(options.proofs, key);
  });
  const wanted = files.map(
    ({ name }, at) => at >= start && kept[at] === null && (options.only?.includes(name) ?? true),
  );
  const notes = new Set<string>();
  const proven = wanted.includes(true)
    ? await proveWanted(files, wanted, options, ground, (at, proof) => {
        const key = keys[at];
        const note = options.proofs === null || key === undefined ? null : writeProof(options.proofs, key, proof);
        if (note !== null) notes.add(note);
      })
    : { proofs: new Map<number, MigrationProof>(), serverVersion: null };
  const migrations = files.flatMap(({ name }, at) => {
    const proof = proven.proofs.get(at) ?? kept[at] ?? (options.only === undefined ? trusted(name) : null);
    return proof === null || (options.only !== undefined && !options.only.includes(name)) ? [] : proof;
  });
  const unproven = migrations.filter(({ status }) => status === 'trusted').length;
  if (unproven > 0) notes.add(`${unproven} before ${files[start]?.name} were applied and not proven, as --from asks`);
  return {
    folder,
    serverVersion: proven.serverVersion,
    migrations,
    failed: migrations.filter(({ status }) => status === 'failed' || status === 'not reached').length,
    notes: [...notes],
  };
}

function trusted(name: string): MigrationProof {
  return { ...nothingFound, name, status: 'trusted' };
}

const nothingFound = {
  stored: false,
  durationMs: null,
  reason: null,
  faults: [],
  losses: [],
  withoutRows: [],
  notes: [],
} as const;

async function proveWanted(
  files: readonly MigrationFile[],
  wanted: readonly boolean[],
  options: ProveOptions,
  ground: ProvingGround,
  keep: (at: number, proof: MigrationProof) => void,
): Promise<{ readonly proofs: ReadonlyMap<number, MigrationProof>; readonly serverVersion: string | null }> {
  const last = wanted.lastIndexOf(true);
  const migrations = await loadMigrations(files.slice(0, last + 1));
  const rows = options.rows === undefined ? madeUpRows : options.rows;
  const staircase = new Staircase(migrations, ground, {
    migrate: options.migrate,
    roles: ground.roles ?? 'all',
    rows,
  });
  const proofs = new Map<number, MigrationProof>();
  try {
    for (const at of migrations.keys()) {
      if (wanted[at] !== true) continue;
      const proof = staircase.blockedBy === null ? await staircase.prove(at) : staircase.notReached(at);
      proofs.set(at, proof);
      keep(at, proof);
    }
    return { proofs, serverVersion: staircase.serverVersion };
  } finally {
    await staircase.close();
  }
}
