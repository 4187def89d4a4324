/** Reads what SQL migration files say: dbkit's directives, and dbmate's `-- migrate:up` / `-- migrate:down` sections. */
import { DbkitError } from '../errors.ts';
import type { AllowDirective, Directives, SqlScript } from './migration.ts';
import { noDirectives } from './migration.ts';

const directive = /^[ \t]*--[ \t]*dbkit:([a-z-]+)[ \t]*(.*?)[ \t]*\r?$/gm;

/** What the `-- dbkit:…` lines of one text say. */
export interface FileDirectives extends Omit<Directives, 'transaction'> {
  readonly transaction: boolean;
}

const none: FileDirectives = { ...noDirectives, transaction: true };

/** The `-- dbkit:…` lines of a text. Throws FILE_INVALID for one that is not known or says nothing. */
export function readDirectives(file: string, source: string): FileDirectives {
  if (!source.includes('dbkit:')) return none;
  let transaction = true;
  let { irreversible, lossy } = noDirectives;
  const allow: AllowDirective[] = [];
  for (const match of source.matchAll(directive)) {
    const [, name, rest = ''] = match;
    const location = { file, line: lineAt(source, match.index), column: 1 };
    const invalid = (message: string, hint: string) =>
      new DbkitError('FILE_INVALID', `${file}: ${message}`, { hint, location });
    const need = (what: string) => {
      if (rest === '') throw invalid(`-- dbkit:${name} says nothing`, `write: -- dbkit:${name} <${what}>`);
      return rest;
    };
    switch (name) {
      case 'transaction':
        if (rest !== 'off' && rest !== 'on')
          throw invalid(`-- dbkit:transaction takes "off"`, 'write: -- dbkit:transaction off');
        transaction = rest === 'on';
        break;
      case 'irreversible':
        irreversible = need('why');
        break;
      case 'lossy':
        lossy = need('what is lost');
        break;
      case 'allow': {
        const parts = /^([a-z][a-z0-9-]*)\s*:\s*(\S.*)$/.exec(rest);
        if (parts === null)
          throw invalid('-- dbkit:allow needs a rule and a reason', 'write: -- dbkit:allow <rule>: <why>');
        allow.push({ rule: parts[1] ?? '', why: parts[2] ?? '', location });
        break;
      }
      default:
        throw invalid(
          `unknown directive -- dbkit:${name}`,
          'known: transaction off, irreversible <why>, lossy <what>, allow <rule>: <why>',
        );
    }
  }
  return { transaction, irreversible, lossy, allow };
}

/** A file without sections as one script. */
export function wholeFile(file: string, source: string): SqlScript {
  return { file, source, text: source, offset: 0 };
}

/** At the beginning of its line: an indented one is a comment in somebody's function. */
const section = /^--[ \t]*migrate:(up|down)(?![^\s])([^\r\n]*)\r?$/gm;

export interface DbmateFile {
  readonly up: SqlScript;
  readonly down: SqlScript | null;
  readonly transaction: Directives['transaction'];
}

/** The two sections of a dbmate file, or null when it has none. Throws FILE_INVALID for sections out of order. */
export function readDbmateSections(file: string, source: string): DbmateFile | null {
  const marks = [...source.matchAll(section)];
  const [up, down, more] = marks;
  if (up === undefined) return null;
  if (up[1] !== 'up' || (down !== undefined && down[1] !== 'down') || more !== undefined) {
    const line = lineAt(source, (more ?? down ?? up).index);
    throw new DbkitError('FILE_INVALID', `${file}: wants one "-- migrate:up" and then one "-- migrate:down"`, {
      location: { file, line, column: 1 },
      hint: 'keep one section of each, up first',
    });
  }
  const cut = (from: RegExpExecArray, to: number): SqlScript => {
    const offset = from.index + from[0].length;
    return { file, source, text: source.slice(offset, to), offset };
  };
  return {
    up: cut(up, down?.index ?? source.length),
    down: down === undefined ? null : cut(down, source.length),
    transaction: { up: inTransaction(up), down: down === undefined || inTransaction(down) },
  };
}

function inTransaction(mark: RegExpExecArray): boolean {
  return !/\btransaction\s*:\s*false\b/.test(mark[2] ?? '');
}

/** Line of an offset, from 1. */
function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}
