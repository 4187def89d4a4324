/** The SQL that stands in a DO block as it is: what a rule reads of a statement is then known of the block too. */
import type { Node, Parser } from '../../../postgres/parse-sql.ts';
import { SqlUnparsable } from '../../../postgres/parse-sql.ts';
import type { Token } from '../../../postgres/sql-tokens.ts';
import { tokenize } from '../../../postgres/sql-tokens.ts';

/** Behind these PL/pgSQL begins a statement. */
const openers = new Set([';', 'begin', 'then', 'else', 'loop', 'declare']);

const rowChanges = ['update', 'delete', 'merge', 'insert'];

/** PL/pgSQL has statements of its own; these are SQL, or hold some. */
const sqlWords = new Set([
  ...[
    'alter',
    'create',
    'drop',
    'truncate',
    'lock',
    'reindex',
    'refresh',
    'cluster',
    'set',
    'reset',
    'grant',
    'revoke',
  ],
  ...['perform', 'execute', 'comment', ...rowChanges],
]);

/**
 * Trees of the statements of a DO block, also of EXECUTE where the text is one literal. Those that it puts together, and
 * those that name a variable where SQL has no place for one, are left out; so are changes of rows where the block commits:
 * that is a batch.
 */
export function innerTrees(parser: Parser, tree: Node): readonly Node[] {
  const body = bodyOf(tree);
  if (body === null) return [];
  const tokens = [...tokenize(body)].filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  const commits = tokens.some((token) => bareOf(token) === 'commit');
  return statementsOf(tokens).flatMap((statement) => {
    const [first] = statement;
    const word = first === undefined ? '' : bareOf(first);
    if (commits && rowChanges.includes(word)) return [];
    const sql = sqlOf(body, statement, word);
    return sql === null ? [] : parse(parser, sql);
  });
}

function bodyOf(tree: Node): string | null {
  if (!('DoStmt' in tree)) return null;
  const options = (tree.DoStmt.args ?? []).map((node) => ('DefElem' in node ? node.DefElem : {}));
  const textOf = (name: string) => {
    const value = options.find(({ defname }) => defname === name)?.arg;
    return value !== undefined && 'String' in value ? (value.String.sval ?? '') : null;
  };
  return (textOf('language') ?? 'plpgsql') === 'plpgsql' ? textOf('as') : null;
}

/** Each from its first word to the semicolon. */
function statementsOf(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [];
  let current: Token[] | null = null;
  let begins = true;
  for (const token of tokens) {
    const bare = bareOf(token);
    if (current !== null) {
      if (bare === ';') current = null;
      else current.push(token);
    } else if (begins && sqlWords.has(bare)) {
      current = [token];
      statements.push(current);
    }
    begins = openers.has(bare);
  }
  return statements;
}

function sqlOf(body: string, tokens: readonly Token[], word: string): string | null {
  const [first, ...rest] = tokens;
  const last = tokens.at(-1);
  if (first === undefined || last === undefined) return null;
  const text = body.slice(first.start, last.start + last.text.length);
  if (word === 'perform') return `select ${text.slice(first.text.length)}`;
  if (word !== 'execute') return text;
  const [literal, next] = rest;
  if (literal?.kind !== 'string' || (next !== undefined && !['using', 'into'].includes(bareOf(next)))) return null;
  const dollars = /^\$[^$]*\$/.exec(literal.text)?.[0];
  if (dollars !== undefined) return literal.text.slice(dollars.length, -dollars.length);
  return literal.text.startsWith("'") ? literal.text.slice(1, -1).replaceAll("''", "'") : null;
}

function bareOf({ kind, text }: Token): string {
  return kind === 'word' ? text.toLowerCase() : kind === 'symbol' ? text : '';
}

function parse(parser: Parser, sql: string): readonly Node[] {
  try {
    return parser.parse(sql).map(({ tree }) => tree);
  } catch (error) {
    if (error instanceof SqlUnparsable) return [];
    throw error;
  }
}
