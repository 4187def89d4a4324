/**
 * `dbkit migrate drift`: the catalog of the target against what its applied migrations make on a scratch database.
 *
 * The target is read in one read-only transaction: its journal and its catalog are of the same moment.
 */

import type { Catalog } from '../../catalog/model.ts';
import { readCatalog } from '../../catalog/read.ts';
import { ofApplication } from '../../catalog/scope.ts';
import type { VerbInput } from '../../command.ts';
import type { Connection } from '../../postgres/connect.ts';
import type { VerbContext } from '../../postgres/target.ts';
import { migrateOptions } from '../command-options.ts';
import { readMigrationFolder } from '../folder.ts';
import { readJournal } from '../journal.ts';
import type { MigrationFile } from '../migration.ts';
import { loadUnchecked } from '../module.ts';
import { withScratchRun } from '../run-on-scratch.ts';
import type { MigrationScratch } from '../scratch/migration-scratch.ts';
import { lookAt } from '../scratch/read-only.ts';
import { openMigrationScratch } from '../scratch.ts';
import { compareWithJournal } from '../state.ts';
import { appliedFiles } from './applied.ts';
import { ofSharedDatabase, withRoleNamed, withRolesOf } from './comparable-part.ts';
import { compareCatalogs, scriptBetween } from './compare.ts';
import type { DriftReport } from './report.ts';
import { alignUpgraded } from './upgraded.ts';
import { writeMigration } from './write.ts';

export interface DriftOptions {
  readonly ignore: readonly string[];
  /** Name of a migration to write, or null. */
  readonly write: string | null;
}

/** Throws what opening the scratch database and running the applied migrations throw. */
export async function detectDrift(options: DriftOptions, input: VerbInput, { db }: VerbContext): Promise<DriftReport> {
  const { config } = input;
  const files = await readMigrationFolder(config.migrations);
  const found = await lookAt(
    db,
    { applicationName: 'dbkit migrate drift', signal: input.signal },
    async (connection) => {
      // A statement that fails would end the transaction that all is read in.
      const there = await hasJournal(connection);
      return {
        journal: there ? await readJournal(connection, config.app) : [],
        others: there ? await otherApps(connection, config.app) : [],
        catalog: await readCatalog(connection),
      };
    },
  );
  const states = compareWithJournal(files, found.journal);
  const applied = appliedFiles(states);
  const open = () => openMigrationScratch(input, db, { files, runs: 'before' });
  const scratch = await open();
  try {
    const made = await expectedCatalog(scratch, input, applied.files);
    const { platform } = db.description;
    const [own, role] = [scratch.context.db.description.role, scratch.standsFor];
    const part = (catalog: Catalog) => ofApplication(withRolesOf(catalog, made.roles), platform);
    const ofFiles = part(withRoleNamed(made.catalog, own, role));
    const whole = part(found.catalog);
    const shared = found.others.length === 0 ? { catalog: whole, left: 0 } : ofSharedDatabase(whole, ofFiles);
    const { catalog: ofDatabase, told: fromUpgrade } = alignUpgraded(shared.catalog, ofFiles);
    const compare = { ignore: options.ignore, stubs: scratch.stubs };
    const compared = compareCatalogs(ofFiles, ofDatabase, compare);
    const down = scriptBetween(ofDatabase, ofFiles, compare);
    const up = scriptBetween(ofFiles, ofDatabase, compare);
    const drifted = compared.differences.length > 0;
    const read = async () => part(withRoleNamed(await readOf(scratch), own, role));
    const written =
      options.write === null || !drifted
        ? null
        : await writeMigration(
            options.write,
            { up, down, ofFiles, ofDatabase },
            {
              input,
              scratch,
              compare,
              read,
              files,
              pending: states.flatMap(({ name, file, entry }) => (file !== null && entry === null ? name : [])),
              open,
            },
          );
    return {
      target: db.description,
      applied: applied.count,
      notAsApplied: applied.notAsApplied,
      differences: compared.differences,
      columnOrder: compared.columnOrder,
      fromUpgrade,
      ignored: compared.ignored,
      mendDatabase: drifted ? down.statements : [],
      mendFiles: drifted ? up.statements : [],
      inconclusive: [
        ...compared.inconclusive,
        ...scratch.stubs.map((name) => `${name} was a stub of signatures on the scratch database`),
        ...(shared.left === 0
          ? []
          : [
              `${found.others.join(', ')} ${found.others.length === 1 ? 'shares' : 'share'} this database: ${shared.left} tables, views and functions that these files do not make were not compared`,
            ]),
      ],
      written,
    };
  } finally {
    await scratch.close();
  }
}

interface Expected {
  readonly catalog: Catalog;
  /** Roles that the migrations made. */
  readonly roles: ReadonlySet<string>;
}

/** Runs the files on the scratch database, in the order given. */
export async function expectedCatalog(
  scratch: MigrationScratch,
  input: VerbInput,
  files: readonly MigrationFile[],
): Promise<Expected> {
  const before = new Set((await readOf(scratch)).roles.map(({ name }) => name));
  const migrations = await loadUnchecked(files);
  const options = { ...(await migrateOptions(input)), statementTimeoutMs: null, waitMs: 0 };
  await withScratchRun(scratch.context, options, ({ run }) =>
    run(migrations.map((migration) => ({ migration, direction: 'up' as const }))),
  );
  const catalog = await readOf(scratch);
  const roles = new Set(catalog.roles.map(({ name }) => name).filter((name) => !before.has(name)));
  return { catalog, roles };
}

async function readOf(scratch: MigrationScratch): Promise<Catalog> {
  const connection = await scratch.context.db.connect('dbkit scratch');
  try {
    return await readCatalog(connection);
  } finally {
    await connection.close();
  }
}

async function hasJournal(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query<{ there: boolean }>(
    `select pg_catalog.to_regclass('dbkit.journal') is not null as there`,
  );
  return rows[0]?.there === true;
}

async function otherApps(connection: Connection, app: string): Promise<readonly string[]> {
  const { rows } = await connection.query<{ app: string }>(
    'select distinct app from dbkit.journal where app <> $1 order by app',
    [app],
  );
  return rows.map((row) => row.app);
}
