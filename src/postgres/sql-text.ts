/** What can be known of SQL text before the server sees it: its statements, its sense apart from its layout, its secrets. */
import type { Token } from './sql-tokens.ts';
import { tokenize } from './sql-tokens.ts';

export interface Statement {
  /** Without the semicolon, and without white space and comments around it. */
  readonly text: string;
  /** Offset of `text` in the whole, in UTF-16 units. */
  readonly start: number;
  /** Words, symbols and literals without layout; bare words in lower case. */
  readonly words: readonly string[];
}

/**
 * Splits as psql does: a semicolon ends a statement outside of quotes, parentheses and `BEGIN ATOMIC … END` bodies.
 * What holds only layout is no statement.
 */
export function splitStatements(sql: string): readonly Statement[] {
  const statements: Statement[] = [];
  let tokens: Token[] = [];
  let parentheses = 0;
  let body = 0;
  const flush = () => {
    const statement = toStatement(tokens);
    if (statement !== null) statements.push(statement);
    tokens = [];
    parentheses = 0;
    body = 0;
  };
  let previous = '';
  let first = '';
  for (const token of tokenize(sql)) {
    const bare = token.kind === 'word' ? token.text.toLowerCase() : token.text;
    if (token.text === ';' && parentheses === 0 && body === 0) {
      flush();
      previous = '';
      first = '';
      continue;
    }
    tokens.push(token);
    if (token.kind === 'space' || token.kind === 'comment') continue;
    if (bare === '(') parentheses += 1;
    else if (bare === ')') parentheses = Math.max(0, parentheses - 1);
    // CASE and END are reserved: as names they stand behind AS or a dot only. The bodies hold no BEGIN of their own.
    else if (token.kind !== 'word' || previous === 'as' || previous === '.') previous = bare;
    else if (body === 0 && bare === 'atomic' && previous === 'begin' && first === 'create') body = 1;
    else if (body > 0 && bare === 'case') body += 1;
    else if (body > 0 && bare === 'end') body -= 1;
    if (first === '') first = bare;
    previous = bare;
  }
  flush();
  return statements;
}

function toStatement(tokens: readonly Token[]): Statement | null {
  const solid = tokens.filter((token) => token.kind !== 'space' && token.kind !== 'comment');
  const first = solid[0];
  const last = solid.at(-1);
  if (first === undefined || last === undefined) return null;
  const inside = tokens.slice(tokens.indexOf(first), tokens.indexOf(last) + 1);
  return {
    text: inside.map((token) => token.text).join(''),
    start: first.start,
    words: solid.map((token) => (token.kind === 'word' ? token.text.toLowerCase() : token.text)),
  };
}

/**
 * The text without comments and layout, bare words in lower case: equal when only the formatting differs. Line ends
 * inside of literals count as formatting too: a checkout on another system may change them.
 */
export function normalizeSql(sql: string): string {
  return splitStatements(sql)
    .map((statement) => statement.words.join(' '))
    .join(';\n')
    .replaceAll('\r\n', '\n');
}

/** True when the text holds no statement at all. */
export function isEmptySql(sql: string): boolean {
  for (const { kind, text } of tokenize(sql)) {
    if (kind !== 'space' && kind !== 'comment' && text !== ';') return false;
  }
  return true;
}

const secretName = /(^|_)(password|passwd|passphrase|secret|token|api_?key|access_key|private_key)s?$/i;

/** True for `password`, `api_key`, `webhook_secret` and the like. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) || secretName.test(name.replace(/[A-Z]/g, '_$&'));
}

const secretCalls = new Set(['create_secret', 'update_secret', 'crypt', 'pgp_sym_encrypt', 'pgp_sym_decrypt', 'hmac']);
const secretInside = /password(?:\s*=|\s+['$]|'')|:\/\/[^/\s]*:[^/\s]*@|-----BEGIN [A-Z ]*PRIVATE KEY-----/i;

/**
 * Replaces the inside of literals that may give a secret away with asterisks, so that offsets stay as they are:
 * every quoted literal of a statement that names a password, secret, token or key, or calls a function that takes
 * one; connection strings and keys wherever they stand. It rather blanks too much. Bodies in dollar quotes are read as
 * SQL of their own; they are blanked whole where they directly follow PASSWORD.
 */
export function blankSecrets(sql: string): string {
  if (!sql.includes("'") && !sql.includes('$')) return sql;
  let result = '';
  let statement: Token[] = [];
  const flush = () => {
    result += blankStatement(statement);
    statement = [];
  };
  for (const token of tokenize(sql)) {
    statement.push(token);
    if (token.text === ';') flush();
  }
  flush();
  return result;
}

function blankStatement(tokens: readonly Token[]): string {
  const name = (token: Token) =>
    token.kind === 'quoted' ? token.text.slice(1, -1) : token.kind === 'word' ? token.text : '';
  const secretive = tokens.some(
    (token, place) =>
      isSecretName(name(token)) ||
      secretCalls.has(name(token).toLowerCase()) ||
      (name(token).toLowerCase() === 'set_config' && !isOwnSetting(tokens.slice(place + 1))),
  );
  let previous = '';
  return tokens
    .map((token) => {
      if (token.kind === 'space' || token.kind === 'comment') return token.text;
      const follows = isSecretName(previous);
      previous = name(token);
      if (token.kind !== 'string') return token.text;
      const dollars = token.text.startsWith('$');
      if (dollars && !follows) return blankBody(token.text);
      return follows || secretive || secretInside.test(token.text) ? blankLiteral(token.text) : token.text;
    })
    .join('');
}

/** The name in `('lock_timeout', …`: settings of the server itself have no dot in their names, and hold no secret. */
function isOwnSetting(tokens: readonly Token[]): boolean {
  const [open, setting, comma] = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  return open?.text === '(' && setting?.kind === 'string' && /^'[a-z_]+'$/i.test(setting.text) && comma?.text === ',';
}

/** The body of a function or a DO block, by the same rules. */
function blankBody(literal: string): string {
  const tag = /^\$[^$]*\$/.exec(literal)?.[0] ?? '';
  const close = literal.length > tag.length && literal.endsWith(tag) ? tag : '';
  const inside = literal.slice(tag.length, literal.length - close.length);
  return tag + blankSecrets(inside) + close;
}

function blankLiteral(literal: string): string {
  const tag = /^\$[^$]*\$/.exec(literal)?.[0];
  const open = tag ?? literal.slice(0, literal.indexOf("'") + 1);
  const close = tag ?? "'";
  const inside = literal.slice(open.length, literal.endsWith(close) ? literal.length - close.length : literal.length);
  return open + inside.replace(/[^\n\r]/g, '*') + literal.slice(open.length + inside.length);
}
