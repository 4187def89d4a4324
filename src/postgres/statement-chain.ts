/**
 * Statements sent one behind the other without waiting for answers: after the first that fails the server skips all
 * that follow. Extended queries with one Sync at their end; see "Pipelining" in the manual's chapter on the protocol.
 */
import pg from 'pg';
import type { ChainedStatement } from './connect.ts';

/** What pg's queries do and its types do not say. */
interface WireQuery {
  submit(wire: Wire): Error | null;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
}

interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  sync(): void;
  flush(): void;
}

const Query = pg.Query as unknown as new (config: {
  text: string;
  values?: readonly unknown[] | undefined;
  name?: string | undefined;
  queryMode?: 'extended';
}) => WireQuery;

interface ChainListener {
  /** Told the index of each statement that is done. */
  readonly onDone: (index: number) => void;
  /** All are done. */
  readonly onEnd: () => void;
  /** The one after the last that is done failed, and none behind it was run. */
  readonly onError: (error: Error) => void;
}

let chains = 0;

/** Resolves when all are done; rejects with the server's error for the one behind the last that `onDone` was told of. */
export function sendChain(
  client: pg.Client,
  statements: readonly ChainedStatement[],
  onDone: (index: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const listener = { onDone, onEnd: resolve, onError: reject };
    client.query(new StatementChain(statements, listener) as unknown as pg.Submittable);
  });
}

/** For pg it is one query. */
class StatementChain extends Query {
  readonly #queries: readonly WireQuery[];
  readonly #statements: readonly ChainedStatement[];
  readonly #listener: ChainListener;
  #at = 0;

  constructor(statements: readonly ChainedStatement[], listener: ChainListener) {
    super({ text: '' });
    chains += 1;
    this.#listener = listener;
    this.#statements = statements;
    this.#queries = statements.map(
      ({ sql, values, keptAs }) =>
        new Query({
          text: sql,
          values,
          // A chain that ends early leaves it unknown which names the server has learnt.
          name: keptAs === undefined ? undefined : `dbkit_${keptAs}_${chains}`,
          queryMode: 'extended',
        }),
    );
  }

  override submit(wire: Wire): Error | null {
    const withoutSync: Wire = Object.assign(Object.create(wire) as Wire, { sync: () => {} });
    wire.stream.cork();
    try {
      for (const [index, query] of this.#queries.entries()) {
        const fault = query.submit(withoutSync);
        if (fault !== null) return fault;
        if (this.#statements[index]?.announced === true) wire.flush();
      }
    } finally {
      wire.sync();
      wire.stream.uncork();
    }
    return null;
  }

  override handleRowDescription(message: unknown): void {
    this.#queries[this.#at]?.handleRowDescription(message);
  }

  override handleDataRow(message: unknown): void {
    this.#queries[this.#at]?.handleDataRow(message);
  }

  override handleCommandComplete(): void {
    const index = this.#at;
    this.#at += 1;
    this.#listener.onDone(index);
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete();
  }

  handleError(error: Error): void {
    this.#listener.onError(error);
  }

  handleReadyForQuery(): void {
    this.#listener.onEnd();
  }
}
