/** Runs the chosen steps one after the other and says at a fault what stands and what does not. */

import { readyEntry } from '../entry.ts';
import type { RanMigration } from '../report.ts';
import type { MigrationState } from '../state.ts';
import { explainFailure } from './explain-failure.ts';
import type { ChainEnd, Link } from './in-chain.ts';
import { linkSteps, runChain } from './in-chain.ts';
import { runInTransaction } from './in-transaction.ts';
import { refuseScript } from './platform-rules.ts';
import type { RunSession, RunStep } from './session.ts';
import { makeDurable } from './session.ts';
import { runStepwise } from './stepwise.ts';

export interface RunStepsOptions {
  readonly singleTransaction: boolean;
}

/** What ran, in order. Throws a DbkitError whose `result` holds what stands. */
export async function runSteps(
  session: RunSession,
  steps: readonly RunStep[],
  states: readonly MigrationState[],
  { singleTransaction }: RunStepsOptions,
): Promise<readonly RanMigration[]> {
  for (const { migration, direction } of steps) {
    const script = migration.sql?.[direction];
    if (script !== undefined && script !== null) refuseScript(session.rules, script);
  }
  const cancel = () => void session.connection.cancel().catch(() => {});
  session.signal.addEventListener('abort', cancel, { once: true });
  try {
    const run = new Run(session, steps, states);
    if (singleTransaction && steps.length > 0) await run.together();
    else await run.oneByOne();
    return run.ran;
  } finally {
    session.signal.removeEventListener('abort', cancel);
  }
}

class Run {
  readonly ran: RanMigration[] = [];
  readonly #session: RunSession;
  readonly #steps: readonly RunStep[];
  readonly #states: ReadonlyMap<string, MigrationState>;
  readonly #undone = new Set<string>();
  /** What was committed last may not be on the server's disk yet. */
  #inMemory = false;
  #ready: { readonly at: number; readonly links: readonly Link[] } | null = null;
  #latest: RunStep | null = null;
  #began = 0;

  constructor(session: RunSession, steps: readonly RunStep[], states: readonly MigrationState[]) {
    this.#session = session;
    this.#steps = steps;
    this.#states = new Map(states.map((state) => [state.name, state]));
  }

  async together(): Promise<void> {
    await this.#batch(this.#steps, () => runInTransaction(this.#session, this.#steps, { durable: true }));
  }

  async oneByOne(): Promise<void> {
    while (this.ran.length < this.#steps.length) {
      const first = await this.#chain();
      const step = this.#steps[this.ran.length];
      if (step !== undefined && first !== 'chained') await this.#batch([step], () => this.#one(step, first));
    }
  }

  /** Runs the next ones as a chain, where there is more than one that can be; else null. Returns how it failed. */
  async #chain(): Promise<ChainEnd | null | 'chained'> {
    const links = this.#linksFrom(this.ran.length);
    const [first] = links;
    if (first === undefined || links.length === 1) return null;
    this.#start([first.step]);
    const following = this.ran.length + links.length;
    // Once this chain is on its way.
    setImmediate(() => this.#linksFrom(following));
    const end = await runChain(this.#session, links, (step) => {
      this.#end([step]);
      this.#inMemory = !this.#isLast(step);
      const next = links[links.findIndex((link) => link.step === step) + 1];
      if (next !== undefined) this.#start([next.step]);
    });
    return end.failure === undefined ? 'chained' : end;
  }

  #linksFrom(at: number): readonly Link[] {
    if (this.#ready?.at !== at) {
      const links = linkSteps(this.#session, this.#steps, at, (step) => this.#entryOf(step) !== null);
      this.#ready = { at, links };
    }
    return this.#ready.links;
  }

  async #one(step: RunStep, failed: ChainEnd | null): Promise<void> {
    const entry = this.#entryOf(step);
    const begun = entry !== null && entry.state !== 'applied';
    if (begun || !step.migration.directives.transaction[step.direction]) {
      await this.#makeDurable();
      return runStepwise(this.#session, step, entry);
    }
    const following = this.#steps[this.ran.length + 1];
    await runInTransaction(this.#session, [step], {
      durable: this.#isLast(step),
      failed: failed === null ? undefined : { error: failed.failure, blockers: failed.blockers },
      meanwhile: () => {
        if (following?.direction === 'up') readyEntry(following.migration);
      },
    });
    this.#inMemory = !this.#isLast(step);
  }

  async #makeDurable(): Promise<void> {
    if (!this.#inMemory) return;
    try {
      await makeDurable(this.#session);
      this.#inMemory = false;
    } catch (error) {
      // A role may have been refused the function; the server's own writer is then at most half a second later.
      if (this.#session.connection.lost !== null) throw error;
    }
  }

  /** The row of a migration that this run has not undone. */
  #entryOf({ migration }: RunStep): MigrationState['entry'] {
    if (this.#undone.has(migration.name)) return null;
    return this.#states.get(migration.name)?.entry ?? null;
  }

  #isLast(step: RunStep): boolean {
    return step === this.#steps.at(-1);
  }

  async #batch(batch: readonly RunStep[], work: () => Promise<void>): Promise<void> {
    this.#start(batch);
    try {
      await work();
    } catch (error) {
      await this.#makeDurable().catch(() => {});
      const { ran } = this;
      throw explainFailure(this.#session, batch, error, { ran, asked: this.#steps.length, durable: !this.#inMemory });
    }
    this.#end(batch);
  }

  #start(batch: readonly RunStep[]): void {
    // What failed in a chain goes on from there by itself.
    if (this.#latest === batch[0]) return;
    this.#latest = batch[0] ?? null;
    this.#began = performance.now();
    if (batch[0] !== undefined) this.#session.notices.about(batch[0].migration.name);
    for (const { migration, direction } of batch)
      this.#session.onEvent({ kind: 'start', text: `${direction} ${migration.name}` });
  }

  #end(batch: readonly RunStep[]): void {
    const durationMs = (performance.now() - this.#began) / batch.length;
    for (const { migration, direction } of batch) {
      this.ran.push({ name: migration.name, direction, durationMs });
      if (direction === 'down') this.#undone.add(migration.name);
      this.#session.onEvent({ kind: 'end', text: `${direction} ${migration.name}`, durationMs });
    }
  }
}
