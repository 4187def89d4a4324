/** What an expression speaks of: columns, functions and relations, as they are written. */
import type { Node } from '../postgres/parse-sql.ts';

export interface FunctionCall {
  /** `auth.uid`; functions of pg_catalog have no schema in the server's text. */
  readonly name: string;
  /** Alone in `(select …)`: computed once a statement, not once a row. */
  readonly oncePerStatement: boolean;
}

export interface Mentions {
  /** With what qualifies them: `owner_id`, `orders.owner_id`. In order, each once. */
  readonly columns: readonly string[];
  readonly functions: readonly FunctionCall[];
  /** Of subqueries: `public.members`. */
  readonly relations: readonly string[];
}

export function mentionsOf(tree: Node): Mentions {
  const columns = new Set<string>();
  const functions: FunctionCall[] = [];
  const relations = new Set<string>();
  walk(tree, false, {
    ColumnRef: ({ fields }) => columns.add(dotted(fields)),
    RangeVar: ({ schemaname, relname = '' }) =>
      relations.add(schemaname === undefined ? relname : `${schemaname}.${relname}`),
    FuncCall: ({ funcname }, oncePerStatement) => functions.push({ name: dotted(funcname), oncePerStatement }),
    SQLValueFunction: ({ op }, oncePerStatement) =>
      functions.push({ name: (op ?? '').replace('SVFOP_', '').toLowerCase(), oncePerStatement }),
  });
  return { columns: [...columns], functions, relations: [...relations] };
}

type Of<K extends string> = Extract<Node, Record<K, unknown>>[K & keyof Extract<Node, Record<K, unknown>>];

interface Visitor {
  ColumnRef(node: Of<'ColumnRef'>, once: boolean): void;
  RangeVar(node: Of<'RangeVar'>, once: boolean): void;
  FuncCall(node: Of<'FuncCall'>, once: boolean): void;
  SQLValueFunction(node: Of<'SQLValueFunction'>, once: boolean): void;
}

function walk(value: unknown, once: boolean, visitor: Visitor): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [kind, inside] of Object.entries(value)) {
    if (kind in visitor) visitor[kind as keyof Visitor](inside, once);
    walk(inside, once || (kind === 'SubLink' && standsAlone(inside)), visitor);
  }
}

function standsAlone({ subLinkType, subselect }: Of<'SubLink'>): boolean {
  return (
    subLinkType === 'EXPR_SUBLINK' &&
    subselect !== undefined &&
    'SelectStmt' in subselect &&
    subselect.SelectStmt.fromClause === undefined &&
    !JSON.stringify(subselect).includes('"ColumnRef"')
  );
}

function dotted(parts: readonly Node[] | undefined): string {
  return (parts ?? []).map((part) => ('String' in part ? part.String.sval : '*')).join('.');
}
