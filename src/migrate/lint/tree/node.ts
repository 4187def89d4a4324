/** Typed views of libpg-query's trees. */
import type { Node } from '../../../postgres/parse-sql.ts';
import type { RecordedStatement } from '../recording.ts';

export type { Node };

type Kinds<N> = N extends unknown ? keyof N : never;
/** `AlterTableStmt`, `ColumnDef` … */
export type NodeKind = Kinds<Node>;
export type NodeOf<K extends NodeKind> = Extract<Node, Record<K, unknown>>[K & keyof Extract<Node, Record<K, unknown>>];

/** What is inside of a node of that kind; null for any other. */
export function nodeOf<K extends NodeKind>(node: Node | undefined | null, kind: K): NodeOf<K> | null {
  return ((node as Readonly<Record<string, unknown>> | null | undefined)?.[kind] ?? null) as NodeOf<K> | null;
}

/** The recording holds what the parser gave. */
export function treesOf(statement: RecordedStatement): readonly Node[] {
  return statement.parsed as unknown as readonly Node[];
}

/** A block, a call or a query: what it did stands in functions, and is known by the recording alone. */
export function isOpaque(statement: RecordedStatement): boolean {
  const [first] = treesOf(statement);
  return ['DoStmt', 'CallStmt', 'SelectStmt'].some((kind) => first !== undefined && kind in first);
}

/** Every node of that kind below, outer before inner. */
export function findAll<K extends NodeKind>(tree: unknown, kind: K): readonly NodeOf<K>[] {
  const found: NodeOf<K>[] = [];
  visit(tree, (key, value) => {
    if (key === kind) found.push(value as NodeOf<K>);
  });
  return found;
}

/** Every text in the tree: names, literals, words of options. */
export function textsIn(tree: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  visit(tree, (_, value) => {
    if (typeof value === 'string') found.add(value);
  });
  return found;
}

function visit(value: unknown, each: (key: string, value: unknown) => void): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inside] of Object.entries(value)) {
    each(key, inside);
    visit(inside, each);
  }
}

/** The parts of a dotted name: `["public", "orders"]`. */
export function nameParts(nodes: readonly Node[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => nodeOf(node, 'String')?.sval ?? []);
}
