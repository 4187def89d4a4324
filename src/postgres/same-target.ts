/** What a hint says so that the command in it goes to the database that it is about, and to no other. */
import { DbkitError } from '../errors.ts';
import type { TargetDescription } from './target.ts';

type Decided = Pick<TargetDescription, 'source' | 'kind'>;

/**
 * What a command in a hint repeats to find the same target. A URL that was typed may hold a password: it is stood for by
 * words that no shell passes on, as without it the command would go to another database.
 */
export function sameTarget({ source, kind }: Decided): string {
  if (source.startsWith('--env ')) return ` ${source}`;
  if (source === '--target' && kind === 'embedded') return ' --target embedded';
  return source.startsWith('--database-url') ? ' --database-url <the same>' : '';
}

/** The verbs that open a target, with the words that belong to them; options may stand before their arguments. */
const onTarget =
  /\bdbkit (?:migrate (?:plan (?:up|down|to|redo)|up|down|to|redo|status|plan|baseline|repair)|db (?:mark|grants|history))(?![\w|-])/g;

/** A hint whose commands go to that target. A hint that names a target already is left as it is. */
export function hintAt(hint: string, target: Decided): string {
  const there = sameTarget(target);
  if (there === '' || /--(?:database-url|env|target)\b/.test(hint)) return hint;
  return hint.replace(onTarget, (command) => `${command}${there}`);
}

/** The error with a hint that goes to that target; what is no error of ours, and what needs no change, as it is. */
export function errorAt(error: unknown, target: Decided): unknown {
  if (!(error instanceof DbkitError) || error.hint === null) return error;
  const hint = hintAt(error.hint, target);
  if (hint === error.hint) return error;
  const { code, message, cause, sql, location, details, result } = error;
  return new DbkitError(code, message, {
    hint,
    location,
    details,
    ...(cause === undefined ? {} : { cause }),
    sql: sql ?? undefined,
    result: result ?? undefined,
  });
}
