/**
 * PostgreSQL's lexical rules, as far as one needs them to split, compare and blank SQL text without a parser.
 *
 * Source: "SQL Syntax, Lexical Structure" of the PostgreSQL manual, with standard_conforming_strings on.
 */

export type TokenKind = 'space' | 'comment' | 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  /** Exactly as written. */
  readonly text: string;
  /** Offset in UTF-16 units. */
  readonly start: number;
  /** False for a string, quoted identifier or comment that the text ends inside of. */
  readonly closed: boolean;
}

const space = /[\s\v]+/y;
const lineComment = /--[^\n\r]*/y;
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const number =
  /(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*)?\.?[0-9][0-9_]*\.?(?:[eE][+-]?[0-9]+)?)/y;
const parameter = /\$[0-9]+/y;
const operator = /::|:=|(?:(?!--|\/\*)[+\-*/<>=~!@#%^&|`?])+/y;
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const stringPrefix = /(?:[eEbBxXnN]|[uU]&)(?=')/y;
const quotedPrefix = /[uU]&(?=")/y;

const codes = (text: string): ReadonlySet<number> => new Set([...text].map((char) => char.charCodeAt(0)));
const plainSigns = codes('(),;');
/** Behind a letter they may make it the prefix of a literal. */
const opensLiteral = codes(`'"&`);

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}

/** The tokens of `sql`, white space and comments included; their texts joined are `sql` again. */
export function* tokenize(sql: string): Generator<Token> {
  let at = 0;
  while (at < sql.length) {
    const token = next(sql, at);
    yield token;
    at += token.text.length;
  }
}

function next(sql: string, at: number): Token {
  const make = (kind: TokenKind, end: number, closed = true): Token => ({
    kind,
    text: sql.slice(at, end),
    start: at,
    closed,
  });
  const match = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.test(sql) ? pattern.lastIndex : -1;
  };
  // Most of any text is plain words between single signs: no need to try every rule on them.
  const first = sql.charCodeAt(at);
  if (isLetter(first) && !opensLiteral.has(sql.charCodeAt(at + 1))) return make('word', match(word));
  if (plainSigns.has(first)) return make('symbol', at + 1);
  let end = match(space);
  if (end >= 0) return make('space', end);
  end = match(lineComment);
  if (end >= 0) return make('comment', end);
  if (sql.startsWith('/*', at)) {
    end = endOfBlockComment(sql, at);
    return end < 0 ? make('comment', sql.length, false) : make('comment', end);
  }
  end = match(stringPrefix);
  if (end >= 0 || sql[at] === "'") {
    const open = end >= 0 ? end : at;
    const escapes = end >= 0 && /[eE]/.test(sql[at] ?? '');
    end = endOfQuoted(sql, open, "'", escapes);
    return end < 0 ? make('string', sql.length, false) : make('string', end);
  }
  end = match(quotedPrefix);
  if (end >= 0 || sql[at] === '"') {
    end = endOfQuoted(sql, end >= 0 ? end : at, '"', false);
    return end < 0 ? make('quoted', sql.length, false) : make('quoted', end);
  }
  end = match(dollarTag);
  if (end >= 0) {
    const close = sql.indexOf(sql.slice(at, end), end);
    return close < 0 ? make('string', sql.length, false) : make('string', close + (end - at));
  }
  end = match(parameter);
  if (end >= 0) return make('parameter', end);
  end = match(word);
  if (end >= 0) return make('word', end);
  end = match(number);
  if (end >= 0) return make('number', end);
  end = match(operator);
  return make('symbol', end >= 0 ? end : at + 1);
}

function endOfBlockComment(sql: string, at: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = at;
  for (let depth = 0, found = edge.exec(sql); found !== null; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return -1;
}

function endOfQuoted(sql: string, open: number, quote: string, escapes: boolean): number {
  for (let at = open + 1; at < sql.length; at += 1) {
    if (escapes && sql[at] === '\\') at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return -1;
}
