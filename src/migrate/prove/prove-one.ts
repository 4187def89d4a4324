/**
 * The proof of one migration: up, down, up, each time with a look at the whole catalog and at the rows.
 *
 * The tables that the up touches are given rows before the down, so that the down meets what it would meet in life.
 */

import { diffCatalogs } from '../../catalog/diff.ts';
import type { CatalogDiff } from '../../catalog/difference.ts';
import type { Catalog } from '../../catalog/model.ts';
import type { Migration } from '../module.ts';
import { attempt, failed, mayBeRows, sayingOf } from './attempt.ts';
import { changedTables } from './data/changed-tables.ts';
import type { Compared } from './data/losses.ts';
import { findLosses, leftRows, newRows } from './data/losses.ts';
import type { FaultKind, Loss, MigrationProof, ProofFault } from './report.ts';
import type { Stage, State } from './stage.ts';

/** What was found; the rest of a MigrationProof is about the run of the proofs. */
export type Found = Omit<MigrationProof, 'stored' | 'durationMs'>;

export interface Outcome {
  readonly found: Found;
  /** What the scratch database holds now, with the migration applied; null where that is not known. */
  readonly after: State | null;
  /** What failed may go through on empty tables. */
  readonly tryEmpty: boolean;
  /** The up did not go through: nothing that comes after it can. */
  readonly blocked: boolean;
}

/** `before`: what `stage` holds now, where all earlier migrations are applied. Throws what is not the migration's fault. */
export async function proveOne(stage: Stage, migration: Migration, before: State): Promise<Outcome> {
  return new Proof(stage, migration, before).run();
}

class Proof {
  readonly #stage: Stage;
  readonly #migration: Migration;
  readonly #before: State;
  readonly #faults: ProofFault[] = [];
  readonly #losses: Loss[] = [];
  readonly #notes: string[] = [];
  readonly #unsure = new Set<string>();
  #touched: readonly string[] = [];
  #withoutRows: Found['withoutRows'] = [];
  /** Objects that triggers made of the rows of the proof: the migration has no part in them. */
  #made: ReadonlySet<string> = new Set();

  constructor(stage: Stage, migration: Migration, before: State) {
    this.#stage = stage;
    this.#migration = migration;
    this.#before = before;
  }

  async run(): Promise<Outcome> {
    const up = { migration: this.#migration, direction: 'up' } as const;
    const down = { migration: this.#migration, direction: 'down' } as const;
    const refused = await attempt(this.#stage, up);
    if (refused !== null) {
      this.#faults.push(failed('up fails', refused));
      return this.#end(null, { tryEmpty: this.#hasRows(this.#before) && mayBeRows(refused), blocked: true });
    }
    const bare = await this.#stage.look(this.#before.contents);
    this.#touched = changedTables(this.#before.catalog, bare.catalog);
    const first = await this.#stage.fill(bare, this.#touched, this.#migration.name);
    this.#noteMade(bare, first);
    this.#withoutRows = this.#emptyOf(first);
    if (this.#migration.directives.irreversible !== null) return this.#end(first);

    const stuck = await attempt(this.#stage, down);
    if (stuck !== null) {
      this.#faults.push(failed('down fails', stuck));
      // What ran in a transaction left the database as the up had made it.
      const stands = this.#migration.directives.transaction.down ? first : null;
      return this.#end(stands, { tryEmpty: this.#hasRows(first) && mayBeRows(stuck) });
    }
    const undone = await this.#stage.look(this.#before.contents);
    this.#compare('down differs', this.#before.catalog, undone.catalog);
    this.#add(findLosses(this.#before.contents, undone.contents, { by: 'up and down', catalog: this.#before.catalog }));
    if (this.#losses.length === 0) this.#notes.push(...leftRows(this.#before.contents, bare.contents, undone.contents));

    const again = await attempt(this.#stage, up);
    if (again !== null) {
      this.#faults.push(failed('up again fails', again));
      return this.#end(null, { tryEmpty: this.#hasRows(undone) && mayBeRows(again) });
    }
    const second = await this.#stage.look(first.contents);
    const same = this.#compare('up again differs', first.catalog, second.catalog);
    const own = newRows(this.#before.contents, bare.contents);
    this.#add(findLosses(first.contents, second.contents, { by: 'down and up', catalog: first.catalog, own }));
    return this.#end(same ? await this.#refilled(second) : null);
  }

  #hasRows({ contents }: State): boolean {
    return [...contents.tables.values()].some(({ count }) => count > 0);
  }

  #emptyOf({ contents }: State): Found['withoutRows'] {
    return this.#touched.flatMap((table) => {
      const why = contents.unreadable.get(table) ?? this.#stage.refusals.get(table);
      const count = contents.tables.get(table)?.count ?? 0;
      return why === undefined || (count > 0 && !contents.unreadable.has(table)) ? [] : { table, why };
    });
  }

  /** True where the two are the same. */
  #compare(kind: FaultKind, wanted: Catalog, found: Catalog): boolean {
    if (isSame(wanted, found)) return true;
    const { differences: all, columnOrder }: CatalogDiff = diffCatalogs(wanted, found);
    const differences = all.filter(({ object }) => !this.#made.has(object));
    const after = kind === 'down differs' ? 'after the down' : 'after the second up';
    for (const { words } of columnOrder) this.#notes.push(`${after}: ${words}`);
    if (differences.length === 0) return true;
    this.#faults.push({ kind, words: sayingOf(kind), differences, failure: null });
    return false;
  }

  #noteMade(bare: State, filled: State): void {
    if (bare.catalog === filled.catalog) return;
    this.#made = new Set(diffCatalogs(bare.catalog, filled.catalog).differences.map(({ object }) => object));
    if (this.#made.size > 0)
      this.#notes.push(`rows of the proof made or changed ${[...this.#made].join(', ')}: not compared`);
  }

  #add({ losses, notes, unsure }: Compared): void {
    for (const table of unsure) this.#unsure.add(table);
    this.#losses.push(...losses);
    this.#notes.push(...notes);
  }

  /** What the down took with it is given rows again: the next migration has to meet some, with values in each column. */
  async #refilled(state: State): Promise<State> {
    const lost = new Set(this.#losses.map(({ table }) => table));
    const poor = this.#touched.filter((id) => lost.has(id) || (state.contents.tables.get(id)?.count ?? 0) === 0);
    if (poor.length === 0) return state;
    return this.#stage.fill(state, poor, `${this.#migration.name} again`);
  }

  #end(after: State | null, { tryEmpty = false, blocked = false } = {}): Outcome {
    const { name, directives } = this.#migration;
    const [lost] = this.#losses;
    if (lost !== undefined && directives.lossy === null)
      this.#faults.push({
        kind: 'undeclared loss',
        words: sayingOf('undeclared loss'),
        differences: [],
        failure: null,
      });
    const unsure = [...this.#unsure].sort().join(', ');
    const tried =
      this.#faults.length === 0 &&
      unsure === '' &&
      this.#withoutRows.length === 0 &&
      after !== null &&
      this.#hasRows(after);
    if (directives.lossy !== null && directives.irreversible === null && lost === undefined && tried)
      this.#notes.push(`it is declared as lossy (${directives.lossy}), and no row of the proof was lost`);
    const status =
      this.#faults.length > 0
        ? 'failed'
        : directives.irreversible !== null
          ? 'irreversible'
          : unsure !== ''
            ? 'inconclusive'
            : lost !== undefined
              ? 'lossy'
              : 'proven';
    const found: Found = {
      name,
      status,
      reason:
        status === 'inconclusive'
          ? `the rows of ${unsure} are others, and too many to be compared one by one`
          : (directives.irreversible ?? (lost === undefined ? null : directives.lossy)),
      faults: this.#faults,
      losses: this.#losses,
      withoutRows: this.#withoutRows,
      notes: this.#notes,
    };
    return { found, after, tryEmpty, blocked };
  }
}

/** Most proofs end here: two catalogs of one reader have their fields and lists in the same order. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((one, index) => isSame(one, b[index]));
  }
  const [first, second] = [a, b] as readonly Readonly<Record<string, unknown>>[];
  if (first === undefined || second === undefined) return false;
  for (const key in first) if (!isSame(first[key], second[key])) return false;
  for (const key in second) if (!(key in first)) return false;
  return true;
}
