/** What docs/reference-application*.md say, as tables and blocks of code. */
import { existsSync, readFileSync } from 'node:fs';

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of the first line, what follows the sign of a comment. */
  readonly label: string;
  /** File and line. */
  readonly place: string;
}

/** Cells by the names of their columns. */
export type Row = Readonly<Record<string, string>>;

export interface DocumentedFunction {
  /** `public` is left out. */
  readonly name: string;
  readonly arguments: string;
  readonly answers: string;
  /** Without the backslash that Markdown needs. */
  readonly who: string;
  readonly errors: readonly string[];
}

const pages = ['reference-application.md', 'reference-application-functions.md'].map((name) => ({
  name,
  lines: readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8').split('\n'),
}));

/** Rows of all tables whose first column has this name. */
export function documentedRows(firstColumn: string): readonly Row[] {
  return pages.flatMap(({ lines }) =>
    lines.flatMap((line, index) => {
      const header = cellsOf(line);
      if (header[0] !== firstColumn || !lines[index + 1]?.startsWith('|---')) return [];
      const after = lines.slice(index + 2);
      const end = after.findIndex((next) => !next.startsWith('|'));
      return after.slice(0, end).map((row) => {
        const cells = cellsOf(row);
        return Object.fromEntries(header.map((name, column) => [name, cells[column] ?? '']));
      });
    }),
  );
}

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** Languages of all blocks of code. */
export const documentedLanguages = (): readonly string[] =>
  pages.flatMap(({ lines }) => lines.flatMap((line) => /^\s*```(.+)$/.exec(line)?.[1] ?? []));

/** Links that lead to no file of the repository, or to no heading of a page. */
export function brokenLinks(): readonly string[] {
  const anchors = new Map(
    pages.map(({ name, lines }) => [
      name,
      lines
        .filter((line) => /^#+ /.test(line))
        .map((line) => line.replace(/^#+ /, '').toLowerCase().replaceAll(' ', '-')),
    ]),
  );
  return pages.flatMap(({ name, lines }) =>
    [...lines.join('\n').matchAll(/\]\(([^)#\s]*)(?:#([^)]+))?\)/g)].flatMap(([link, path = '', anchor]) => {
      const known = anchor === undefined || anchors.get(path === '' ? name : path)?.includes(anchor) === true;
      return known && existsSync(new URL(`../../docs/${path}`, import.meta.url)) ? [] : `${name}: ${link}`;
    }),
  );
}

export function documentedBlocks(language: string): readonly Block[] {
  return pages.flatMap(({ name, lines }) =>
    lines.flatMap((line, index) => {
      if (line !== `\`\`\`${language}`) return [];
      const end = lines.indexOf('```', index);
      const label = (lines[index + 1] ?? '').replace(/^(--|\/\/) /, '');
      return [{ language, label, text: lines.slice(index + 1, end).join('\n'), place: `${name}:${index + 2}` }];
    }),
  );
}

export function documentedFunctions(): readonly DocumentedFunction[] {
  return documentedRows('function').map((row) => {
    const signature = /^`([\w.]+)\((.*)\) → (.+)`$/.exec(row.function ?? '');
    if (signature === null) throw new Error(`not the signature of a function: ${row.function}`);
    const [, name = '', given = '', answers = ''] = signature;
    return {
      name,
      arguments: given,
      answers,
      who: (row.who ?? '').replaceAll('\\', ''),
      errors: row.errors?.match(/\b(PT\d{3}|\d[0-9A-Z]{4})\b/g) ?? [],
    };
  });
}

/** What stands between backticks. */
export const codeIn = (cell: string): readonly string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
