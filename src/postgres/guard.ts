/** Who may destroy what, where: one table that every verb asks before it writes, and that `--help` and docs print. */
import { DbkitError } from '../errors.ts';
import { sameTarget } from './same-target.ts';
import type { TargetDescription } from './target.ts';

export const places = ['throw-away', 'marked', 'unmarked', 'protected'] as const;
/** `throw-away` is embedded, scratch or container; the others are URLs. */
export type Place = (typeof places)[number];

/**
 * `runs` · `asks` for `--yes` · `plan`: only with `--plan <hash>` · `in-place`: only with `--in-place` ·
 * `mark`: refused until `dbkit db mark` · `never`.
 */
export type Rule = 'runs' | 'asks' | 'plan' | 'in-place' | 'mark' | 'never';

/** The verbs of a row, as the table prints them, and the rule of each place. */
interface Row {
  readonly verbs: string;
  readonly rules: Readonly<Record<Place, Rule>>;
}

const row = (verbs: string, ...[throwAway, marked, unmarked, guarded]: readonly [Rule, Rule, Rule, Rule]): Row => ({
  verbs,
  rules: { 'throw-away': throwAway, marked, unmarked, protected: guarded },
});

// biome-ignore format: a table
const table = {
  //                                                                             throw-away  marked      unmarked  protected
  'migrate up':        row('migrate up, reference seed',                         'runs',     'runs',     'runs',   'runs'),
  'migrate down':      row('migrate down, to, redo',                             'runs',     'runs',     'asks',   'plan'),
  seed:                row('seed of synthetic data',                             'runs',     'runs',     'mark',   'never'),
  'db reset':          row('db reset, seed --reset, restore over data',          'runs',     'asks',     'mark',   'never'),
  'verify in place':   row('verify --mode full in place',                        'runs',     'in-place', 'never',  'never'),
  retention:           row('retention, subject erase, keys rotate, backup prune', 'runs',    'runs',     'asks',   'runs'),
  'retention widened': row('the same with a new or widened retention rule',      'runs',     'runs',     'asks',   'plan'),
} as const satisfies Record<string, Row>;

/** A row of the table. A seed of reference data asks as `migrate up`; erase, rotate and prune ask as `retention`. */
export type Action = keyof typeof table;
export const actions = Object.keys(table) as readonly Action[];

export interface GuardFlags {
  readonly yes?: boolean;
  /** Hash given with `--plan`; that it is the hash of what would run is for the verb to check (PLAN_CHANGED). */
  readonly plan?: string | null;
  readonly inPlace?: boolean;
  /** The words typed after `dbkit`, arguments and all, for the hint; the action's name when absent. */
  readonly command?: string;
}

export type Verdict =
  | { readonly verdict: 'runs' }
  /** It will do with one more flag. */
  | {
      readonly verdict: 'asks';
      readonly flag: '--yes' | '--plan <hash>' | '--in-place';
      readonly message: string;
      readonly hint: string;
    }
  | { readonly verdict: 'refused'; readonly message: string; readonly hint: string };

/** The column of the table that a target stands in. */
export function placeOf(target: TargetDescription): Place {
  if (target.kind !== 'url') return 'throw-away';
  if (target.protected) return 'protected';
  return target.marker === null ? 'unmarked' : 'marked';
}

/** What the table says, with the flags that were given. */
export function decide(action: Action, target: TargetDescription, flags: GuardFlags = {}): Verdict {
  const mismatch = markerMismatch(target);
  if (mismatch !== null) return mismatch;
  const place = placeOf(target);
  const rule: Rule = table[action].rules[place];
  const command = `dbkit ${flags.command ?? action}`;
  const there = sameTarget(target);
  const plan = flags.plan ?? null;
  const where = `${describePlace[place]} ${target.environment ?? target.marker ?? ''}`.trim();
  const on = `${where} (${target.database} on ${target.host}:${target.port})`;
  switch (rule) {
    case 'runs':
      return { verdict: 'runs' };
    case 'asks':
      // A plan that somebody read says more than yes.
      if (flags.yes === true || plan !== null) return { verdict: 'runs' };
      return {
        verdict: 'asks',
        flag: '--yes',
        message: `${command} asks first on ${on}`,
        hint: `type: ${command}${there} --yes`,
      };
    case 'plan':
      if (plan !== null) return { verdict: 'runs' };
      return {
        verdict: 'asks',
        flag: '--plan <hash>',
        message: `${command} runs on ${on} only as planned`,
        hint: `type: ${planCommand(command)}${there}, read it, then: ${command}${there} --plan <hash>`,
      };
    case 'in-place':
      if (flags.inPlace === true) return { verdict: 'runs' };
      return {
        verdict: 'asks',
        flag: '--in-place',
        message: `${command} writes test rows into ${on}`,
        hint: `type: ${command}${there} --in-place, or leave it to a scratch database`,
      };
    case 'mark':
      return {
        verdict: 'refused',
        message: `${command} is refused on ${on}: nothing in it says which environment it is`,
        hint: `if it may be filled and emptied, type: dbkit db mark ${target.environment ?? '<environment>'}${there}`,
      };
    case 'never':
      return {
        verdict: 'refused',
        message: `${command} never runs on ${on}`,
        hint: 'use the embedded server (--target embedded) or another environment',
      };
  }
}

/** Returns when the action may run. Throws CONFIRMATION_NEEDED with the flag to type, or TARGET_REFUSED. */
export function authorize(action: Action, target: TargetDescription, flags: GuardFlags = {}): void {
  const verdict = decide(action, target, flags);
  if (verdict.verdict === 'runs') return;
  throw new DbkitError(verdict.verdict === 'asks' ? 'CONFIRMATION_NEEDED' : 'TARGET_REFUSED', verdict.message, {
    hint: verdict.hint,
  });
}

/** A database that says it is another environment than the one chosen is the wrong database, for every writer. */
function markerMismatch(target: TargetDescription): Verdict | null {
  const { environment, marker } = target;
  if (target.kind !== 'url' || environment === null || marker === null || environment === marker) return null;
  return {
    verdict: 'refused',
    message: `environment "${environment}" was chosen, but ${target.database} on ${target.host}:${target.port} is marked "${marker}"`,
    hint: `check the URL (decided by ${target.source}); if it is right, choose --env ${marker}, or type: dbkit db mark ${environment}${sameTarget(target)}`,
  };
}

/** The plan of `dbkit migrate down 2` is `dbkit migrate plan down 2`, of `dbkit retention` it is `dbkit retention plan`. */
function planCommand(command: string): string {
  return /^dbkit migrate /.test(command) ? command.replace('migrate', 'migrate plan') : `${command} plan`;
}

const describePlace: Readonly<Record<Place, string>> = {
  'throw-away': 'the throw-away database',
  marked: 'environment',
  unmarked: 'a database without a marker',
  protected: 'the protected environment',
};

const headings = ['embedded, scratch, container', 'URL with a marker', 'URL without a marker', 'protected'] as const;

const ruleWords: Readonly<Record<Rule, string>> = {
  runs: 'runs',
  asks: 'asks (--yes)',
  plan: 'only with --plan <hash>',
  'in-place': 'with --in-place',
  mark: 'refused until dbkit db mark',
  never: 'never',
};

/** One row for the help of a verb: a line for each place. */
export function renderGuardRow(action: Action): string {
  const width = Math.max(...headings.map(({ length }) => length));
  return places
    .map((place, column) => `${headings[column]?.padEnd(width)}  ${ruleWords[table[action].rules[place]]}`)
    .join('\n');
}

/** The table for people. */
export function renderGuardTable(format: 'text' | 'markdown'): string {
  const lines = [
    ['who may destroy what, where', ...headings],
    ...actions.map((action) => [table[action].verbs, ...places.map((place) => ruleWords[table[action].rules[place]])]),
  ];
  if (format === 'markdown') {
    const cells = lines.map(
      (line) => `| ${line.map((cell) => cell.replace(/(--[a-z-]+( <hash>)?|dbkit db mark)/g, '`$1`')).join(' | ')} |`,
    );
    return [cells[0], `|${'---|'.repeat(places.length + 1)}`, ...cells.slice(1)].join('\n');
  }
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
