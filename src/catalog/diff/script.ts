/** One script that makes a catalog like another. */
import { diffCatalogs, sidesOf } from '../diff.ts';
import type { Difference } from '../difference.ts';
import type { Catalog } from '../model.ts';
import { leftAsBefore } from './left-as-before.ts';
import { operationsOf } from './operations.ts';

export interface MendingScript {
  /**
   * To be run in one transaction: it begins with settings that last as long. The exception is a new label of an enum
   * that the same script uses: PostgreSQL allows that only after a commit.
   */
  readonly statements: readonly string[];
  /** What no statement can make alike. */
  readonly impossible: readonly Difference[];
  /** Those of the statements that lose rows or parts of values. */
  readonly losesData: readonly string[];
}

/**
 * Statements that make `before` like `after`, each after all that it needs; objects of which the name is in `leftOut` (as
 * Difference.object has it) stay as they are.
 */
export function mendingScript(
  before: Catalog,
  wanted: Catalog,
  leftOut: ReadonlySet<string> = new Set(),
): MendingScript {
  const after = leftOut.size === 0 ? wanted : leftAsBefore(sidesOf(before, wanted), leftOut);
  const sides = sidesOf(before, after);
  const { operations, impossible, losing } = operationsOf(sides);
  const statements = operations.flatMap((operation) => operation.statements);
  const losesData = operations
    .filter((operation) => losing.has(operation))
    .flatMap((operation) => operation.statements);
  const makesRoutine = operations.some(({ node, does }) => node.startsWith('routines:') && does !== 'drop');
  return {
    // Bodies may name what comes later, or each other.
    statements: makesRoutine ? ['set local check_function_bodies = off;', ...statements] : statements,
    impossible:
      impossible.size === 0
        ? []
        : diffCatalogs(before, after).differences.filter((one) =>
            impossible.has(`${one.object}\n${one.attribute ?? ''}`),
          ),
    losesData,
  };
}
