/**
 * The one door to libpg-query: PostgreSQL's own parser as WebAssembly.
 *
 * Loaded on first use only, as it costs about a tenth of a second. It is the parser of one major (18), which reads what
 * older ones wrote.
 */
import type { Node } from 'libpg-query';
import { offsetOfPosition } from './sql-error.ts';
import { tokenize } from './sql-tokens.ts';

export type * from 'libpg-query';

export interface ParsedStatement {
  /** `{ AlterTableStmt: { … } }`. Places inside (`location`) are bytes of UTF-8. */
  readonly tree: Node;
  /** Offset of the statement in the text, in UTF-16 units; without what stands around it. */
  readonly location: number;
  readonly length: number;
}

export interface Parser {
  /** What is only layout gives none. Throws SqlUnparsable. */
  parse(sql: string): readonly ParsedStatement[];
}

/** What PostgreSQL's grammar does not take. */
export class SqlUnparsable extends Error {
  override readonly name = 'SqlUnparsable';
  /** Offset in UTF-16 units. */
  readonly position: number;

  constructor(message: string, position: number, cause: unknown) {
    super(message, { cause });
    this.position = position;
  }
}

interface RawStatement {
  readonly stmt?: Node;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

let loading: Promise<Parser> | null = null;
let loaded: Parser | null = null;

/** Costs its time once a process. */
export function loadParser(): Promise<Parser> {
  loading ??= load();
  return loading;
}

/** For whoever comes after loadParser(): rules are plain functions. Throws RangeError before it. */
export function loadedParser(): Parser {
  if (loaded === null) throw new RangeError('loadParser() was not awaited');
  return loaded;
}

async function load(): Promise<Parser> {
  const { hasSqlDetails, loadModule, parseSync } = await import('libpg-query');
  await loadModule();
  loaded = {
    parse(sql) {
      // The library refuses the empty text, and stops at a NUL as if the text ended there.
      if (sql === '') return [];
      const nul = sql.indexOf('\0');
      if (nul >= 0) throw new SqlUnparsable('a NUL character can not be a part of SQL', nul, null);
      try {
        const bytes = Buffer.from(sql);
        return (parseSync(sql).stmts ?? []).flatMap((raw) => toStatement(bytes, raw));
      } catch (error) {
        if (!hasSqlDetails(error)) throw error;
        // Counted in characters, from 0.
        const position = offsetOfPosition(sql, (error.sqlDetails?.cursorPosition ?? 0) + 1);
        throw new SqlUnparsable(error.message, position, error);
      }
    },
  };
  return loaded;
}

function toStatement(bytes: Buffer, raw: RawStatement): ParsedStatement[] {
  if (raw.stmt === undefined) return [];
  const from = raw.stmt_location ?? 0;
  // No length is given where the statement ends with the text.
  const to = raw.stmt_len ? from + raw.stmt_len : bytes.length;
  const before = bytes.toString('utf8', 0, from).length;
  let start = 0;
  let end = 0;
  for (const token of tokenize(bytes.toString('utf8', from, to))) {
    if (token.kind === 'space' || token.kind === 'comment' || token.text === ';') continue;
    if (end === 0) start = token.start;
    end = token.start + token.text.length;
  }
  return [{ tree: raw.stmt, location: before + start, length: end - start }];
}
