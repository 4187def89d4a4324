/** The statements that run when a statement runs: itself, or what a DO block holds. */
import { splitStatements } from '../sql-text.ts';

export interface InnerStatement {
  readonly words: readonly string[];
  /** True inside of DO: the server, not the runner, comes to it, so nobody can switch roles around it. */
  readonly nested: boolean;
}

const doing = new Set(
  'alter analyze call cluster comment copy create delete drop execute grant import insert lock merge notify perform reassign refresh reindex reset revoke security set truncate update vacuum'.split(
    ' ',
  ),
);
// Words of PL/pgSQL behind which a statement begins.
const openers = new Set(['begin', 'then', 'else', 'loop', ';', '>']);

export function innerStatements(text: string): readonly InnerStatement[] {
  return splitStatements(text).flatMap(({ words }): readonly InnerStatement[] =>
    words[0] === 'do' ? insideBlock(words.slice(1)) : [{ words, nested: false }],
  );
}

function insideBlock(words: readonly string[]): readonly InnerStatement[] {
  const body = words.find(isLiteral);
  if (body === undefined) return [];
  return splitStatements(literalText(body)).flatMap(({ words: line }) => {
    const from = line.findIndex(
      (word, index) => doing.has(word) && (index === 0 || openers.has(line[index - 1] as string)),
    );
    const control = from < 0 ? line : line.slice(0, from);
    return [
      ...(computes(control) ? [{ words: ['perform', ...control], nested: true }] : []),
      ...(from < 0 ? [] : nestedStatement(line.slice(from))),
    ];
  });
}

function nestedStatement(words: readonly string[]): readonly InnerStatement[] {
  const literal = words[0] === 'execute' && words.length === 2 ? words[1] : undefined;
  if (literal === undefined || !isLiteral(literal)) return [{ words, nested: true }];
  return splitStatements(literalText(literal)).map((one) => ({ words: one.words, nested: true }));
}

const isLiteral = (word: string) => /^(\$|[eE]?')/.test(word);

// Words before a parenthesis that call nothing.
const noCalls = new Set('and any all elsif exists if in not or select then when where while'.split(' '));

/** Conditions, assignments and defaults may call a function, which does anything. */
function computes(control: readonly string[]): boolean {
  return control.some(
    (word, index) => word === ':' || (control[index + 1] === '(' && /^["\p{L}_]/u.test(word) && !noCalls.has(word)),
  );
}

/** The text inside of a literal; escapes of E'' stay as written, which no name here needs. */
function literalText(literal: string): string {
  const tag = /^\$[^$]*\$/.exec(literal)?.[0];
  if (tag !== undefined) return literal.slice(tag.length, -tag.length);
  return literal.replace(/^[eE]?'|'$/g, '').replaceAll("''", "'");
}
