/** How a rule says what it found. */

import type { RecordedMigration, RecordedRun, RecordedStatement } from '../recording.ts';
import type { LintContext, LintFinding } from '../rule.ts';
import type { Node } from '../tree/node.ts';
import { nodeOf, textsIn, treesOf } from '../tree/node.ts';
import { relationBefore } from '../tree/relation.ts';

export type Found = Omit<LintFinding, 'rule' | 'severity'>;

export interface Fault {
  readonly object: string | null;
  readonly message: string;
  readonly patch?: string | null;
}

/** A fault of one statement, or of the direction as a whole. */
export function foundAt(run: RecordedRun, statement: RecordedStatement | null, fault: Fault): Found {
  return {
    direction: run.direction,
    statement,
    location: statement?.location ?? null,
    object: fault.object,
    message: fault.message,
    patch: fault.patch ?? null,
  };
}

/** Faults by looking at each statement's trees. */
export function inEachTree(
  run: RecordedRun,
  find: (tree: Node, statement: RecordedStatement) => readonly Fault[] | Fault | null,
): readonly Found[] {
  return run.statements.flatMap((statement) =>
    treesOf(statement).flatMap((tree) => {
      const faults = find(tree, statement);
      if (faults === null) return [];
      return (Array.isArray(faults) ? (faults as readonly Fault[]) : [faults as Fault]).map((fault) =>
        foundAt(run, statement, fault),
      );
    }),
  );
}

/** What a rule finds in both directions: locks stop the application on the way back as well. */
export function inBothDirections(
  migration: RecordedMigration,
  find: (run: RecordedRun) => readonly Found[],
): readonly Found[] {
  return [...find(migration.up), ...(migration.down === null ? [] : find(migration.down))];
}

/** What a statement may name with its schema. */
export interface Named {
  readonly schema?: string | null | undefined;
  readonly name: string;
}

/**
 * The last statement that names the object and all of the others; one that names its schema too goes before. Null when
 * none does, as where a DO block put its SQL together.
 */
export function statementNaming(
  run: RecordedRun,
  about: Named | string | null,
  ...names: readonly string[]
): RecordedStatement | null {
  const { schema, name } = typeof about === 'string' || about === null ? { name: about ?? '', schema: null } : about;
  const wanted = name === '' ? names : [name, ...names];
  const naming = run.statements.filter((statement) => {
    const texts = textsIn(treesOf(statement));
    return wanted.every((one) => texts.has(one));
  });
  const qualified = naming.findLast((statement) => textsIn(treesOf(statement)).has(schema ?? name));
  return (
    qualified ?? naming.at(-1) ?? run.statements.findLast(({ sql }) => wanted.every((one) => sql.includes(one))) ?? null
  );
}

/** Fewer rows than this are read or written anew in less time than it takes to say so. */
const fewRows = 1_000;

/** True when the statistics of the target say that the table is next to empty: no lock on it lasts. */
export function isSmall(context: LintContext, relation: string): boolean {
  const size = context.stats?.get(relation);
  return size !== undefined && size.rows < fewRows && size.bytes < 1_000_000;
}

/** Next to empty on the target, or emptied by this migration before the statement: what it does there takes no time. */
export function isQuick(
  context: LintContext,
  run: RecordedRun,
  statement: RecordedStatement,
  relation: string,
): boolean {
  return isSmall(context, relation) || isEmptied(run, statement, relation);
}

/** True behind a TRUNCATE, or a DELETE without condition, of the same migration. */
export function isEmptied(run: RecordedRun, statement: RecordedStatement, relation: string): boolean {
  return run.statements.some(
    (earlier) =>
      earlier.ordinal < statement.ordinal &&
      treesOf(earlier).some((tree) => {
        const emptied = nodeOf(tree, 'TruncateStmt')?.relations ?? [];
        if (emptied.some((node) => relationBefore(run, earlier, nodeOf(node, 'RangeVar'))?.id === relation))
          return true;
        const remove = nodeOf(tree, 'DeleteStmt');
        if (remove === null || remove.whereClause !== undefined || remove.usingClause !== undefined) return false;
        return relationBefore(run, earlier, remove.relation)?.id === relation;
      }),
  );
}

/** ` (41 M rows)`; empty without statistics. */
export function sizeOf(context: LintContext, relation: string): string {
  const rows = context.stats?.get(relation)?.rows;
  return rows === undefined ? '' : ` (${inWords(rows)} rows)`;
}

function inWords(rows: number): string {
  if (rows >= 1e9) return `${Math.round(rows / 1e8) / 10} G`;
  if (rows >= 1e6) return `${Math.round(rows / 1e5) / 10} M`;
  return rows >= 1e3 ? `${Math.round(rows / 1e3)} k` : String(rows);
}
