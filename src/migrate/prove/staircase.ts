/** The scratch database as it goes up the migrations, one proof after the other; made afresh where it has to be. */
import type { Catalog } from '../../catalog/model.ts';
import type { Migration } from '../module.ts';
import { sayingOf } from './attempt.ts';
import type { ProvingGround, ProvingScratch } from './prove.ts';
import type { Found, Outcome } from './prove-one.ts';
import { proveOne } from './prove-one.ts';
import type { FaultKind, MigrationProof, ProofFault } from './report.ts';
import type { Stage, StageOptions, State } from './stage.ts';
import { openStage } from './stage.ts';

/** An open stage, and how far it is. */
interface Standing {
  readonly scratch: ProvingScratch;
  readonly stage: Stage;
  /** How many migrations are applied. */
  applied: number;
  /** Null: it was not looked at since. */
  state: State | null;
}

const withRows: Readonly<Partial<Record<FaultKind, FaultKind>>> = {
  'up fails': 'up fails with rows',
  'down fails': 'down fails with rows',
  'up again fails': 'up again fails with rows',
};

export class Staircase {
  /** Name of the migration that can not be applied; none after it can be proven. */
  blockedBy: string | null = null;
  serverVersion: string | null = null;
  readonly #migrations: readonly Migration[];
  readonly #ground: ProvingGround;
  readonly #options: StageOptions;
  #standing: Standing | null = null;

  constructor(migrations: readonly Migration[], ground: ProvingGround, options: StageOptions) {
    this.#migrations = migrations;
    this.#ground = ground;
    this.#options = options;
  }

  /** Throws what is not a migration's fault, and what an earlier migration that is not proven itself fails with. */
  async prove(at: number): Promise<MigrationProof> {
    const migration = this.#at(at);
    const begin = performance.now();
    const standing = await this.#reach(at, true);
    const { signal, onEvent } = standing.scratch.context;
    signal.throwIfAborted();
    const text = `prove ${migration.name}`;
    onEvent({ kind: 'start', text });
    const before = await this.#stateOf(standing);
    let outcome = await proveOne(standing.stage, migration, before);
    const onEmpty = outcome.tryEmpty;
    if (onEmpty) outcome = await this.#onEmpty(at, outcome, before.catalog);
    await this.#settle(at, outcome, onEmpty);
    const durationMs = performance.now() - begin;
    onEvent({ kind: 'end', text: `${text}: ${outcome.found.status}`, durationMs });
    return { ...restingOn(standing.scratch.stubs, migration, outcome.found), stored: false, durationMs };
  }

  notReached(at: number): MigrationProof {
    const nothing = { stored: false, durationMs: null, faults: [], losses: [], withoutRows: [], notes: [] };
    const reason = `${this.blockedBy} can not be applied`;
    return { ...nothing, name: this.#at(at).name, status: 'not reached', reason };
  }

  async close(): Promise<void> {
    const standing = this.#standing;
    this.#standing = null;
    if (standing === null) return;
    await standing.stage.close();
    await standing.scratch.close();
  }

  #at(at: number): Migration {
    const migration = this.#migrations[at];
    if (migration === undefined) throw new RangeError(`there is no migration ${at}`);
    return migration;
  }

  /** A stage with the first `count` migrations applied. */
  async #reach(count: number, rows: boolean): Promise<Standing> {
    const standing = this.#standing ?? (await this.#open());
    standing.stage.withRows = rows && this.#options.rows !== null;
    const missing = this.#migrations.slice(standing.applied, count);
    if (missing.length > 0) {
      await standing.stage.run(missing.map((migration) => ({ migration, direction: 'up' })));
      standing.applied = count;
      standing.state = null;
    }
    return standing;
  }

  async #open(): Promise<Standing> {
    const scratch = await this.#ground.open();
    try {
      const stage = await openStage(scratch.context, this.#options);
      this.serverVersion = stage.serverVersion;
      this.#standing = { scratch, stage, applied: 0, state: null };
      return this.#standing;
    } catch (error) {
      await scratch.close();
      throw error;
    }
  }

  /** With rows in every table that an application fills. */
  async #stateOf(standing: Standing): Promise<State> {
    if (standing.state !== null) return standing.state;
    const state = await standing.stage.look(null);
    standing.state = await standing.stage.fill(state, null, `before ${standing.applied}`);
    return standing.state;
  }

  /** The same proof where no table has a row of ours: it tells whether the rows made the difference. */
  async #onEmpty(at: number, first: Outcome, before: Catalog): Promise<Outcome> {
    await this.close();
    const standing = await this.#reach(at, false);
    const second = await proveOne(standing.stage, this.#at(at), await standing.stage.look(null));
    const fault = first.found.faults.at(-1);
    const kind = fault === undefined ? undefined : withRows[fault.kind];
    // It fails all the same: then the rows have nothing to do with it.
    if (fault === undefined || kind === undefined || second.found.faults.some((one) => one.kind === fault.kind))
      return { ...second, found: { ...second.found, losses: first.found.losses } };
    const both = { ...second.found, losses: first.found.losses, notes: [...first.found.notes, ...second.found.notes] };
    if (kind === 'up fails with rows' && !isCertain(fault, before)) {
      const reason = `with rows it was not proven: the up fails on rows that were made up, and real ones may fit (${fault.failure?.message ?? ''})`;
      const status = second.found.status === 'failed' ? 'failed' : 'inconclusive';
      return { ...second, found: { ...both, status, reason } };
    }
    const told = { ...fault, kind, words: fault.words.replace(sayingOf(fault.kind), sayingOf(kind)) };
    const others = [...first.found.faults.slice(0, -1), told];
    const more = second.found.faults.filter((one) => !others.some((other) => other.kind === one.kind));
    return { ...second, found: { ...both, status: 'failed', faults: [...others, ...more] } };
  }

  async #settle(at: number, { after, blocked, found }: Outcome, onEmpty: boolean): Promise<void> {
    if (blocked) {
      this.blockedBy = found.name;
      return this.close();
    }
    if (after === null || this.#standing === null) return this.close();
    this.#standing.applied = at + 1;
    this.#standing.state = onEmpty ? null : after;
  }
}

/** A new column that may not be null and has no default: no row at all can have it. */
function isCertain({ failure }: ProofFault, before: Catalog): boolean {
  const named = /column "(.+)" of relation "(.+)" contains null values/.exec(failure?.message ?? '');
  if (failure?.sql?.sqlstate !== '23502' || named === null) return false;
  const [, column, relation] = named;
  const tables = before.relations.filter(({ name }) => name === relation).map(({ id }) => id);
  return !before.columns.some((one) => tables.includes(one.relation) && one.name === column);
}

/** What rests on a stub is not proven, only not disproven. */
function restingOn(stubs: readonly string[], { sql, downText }: Migration, found: Found): Found {
  if (found.status !== 'proven' && found.status !== 'lossy') return found;
  const text = [sql?.up.source, sql?.down?.source, downText].join('\n').toLowerCase();
  const used = stubs.filter((stub) => {
    const names = [stub, stub.replace(/^pg_/, '')].map((name) =>
      name.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    );
    return new RegExp(`(?<![\\w$])(?:${names.join('|')})(?![\\w$])`).test(text);
  });
  if (used.length === 0) return found;
  return {
    ...found,
    status: 'inconclusive',
    reason: `it rests on ${used.join(', ')}, of which the scratch has a stub`,
  };
}
