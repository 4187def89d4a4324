/** Refuses names of rules that there are not: a misspelt one would switch off, or accept, nothing. */
import { nearest } from '../../config/nearest.ts';
import type { ResolvedConfig } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import type { MigrationFile } from '../migration.ts';
import { unusedAllowance } from './allowances.ts';
import type { LintRule } from './rule.ts';

interface Unknown {
  /** Where it is written, for a person: `lint.rules`, `allow[2]`, a file with its line. */
  readonly where: string;
  readonly said: string;
}

/**
 * `migrations` are those that are judged: one that was merged long ago may name a rule that is no more. Throws
 * CONFIG_INVALID, or FILE_INVALID, with all of them.
 */
export function refuseUnknownRules(
  { lint, allow, file }: Pick<ResolvedConfig, 'lint' | 'allow' | 'file'>,
  migrations: readonly Pick<MigrationFile, 'directives'>[],
  rules: readonly Pick<LintRule, 'name'>[],
): void {
  const names = rules.map(({ name }) => name);
  const inConfig = [
    ...Object.keys(lint.rules).flatMap((rule) => unknown('lint.rules', rule, [...names, unusedAllowance])),
    ...allow.flatMap(({ rule }, place) => unknown(`allow[${place}]`, rule, names)),
  ];
  const hint = 'all rules, with what they find: docs/lint-rules.md';
  if (inConfig.length > 0)
    throw new DbkitError('CONFIG_INVALID', summary(file ?? 'the config', inConfig), {
      details: detailsOf(inConfig),
      hint,
      location: file === null ? null : { file, line: null, column: null },
    });
  const directives = migrations.flatMap((migration) => migration.directives.allow);
  const faulty = directives.flatMap(({ rule, location }) => {
    const place = location.line === null ? location.file : `${location.file}:${location.line}`;
    return unknown(place, rule, names).map((one) => ({ ...one, location }));
  });
  const [first] = faulty;
  if (first === undefined) return;
  throw new DbkitError('FILE_INVALID', summary('the allowances of the migrations', faulty), {
    details: detailsOf(faulty),
    hint,
    location: first.location,
  });
}

function unknown(where: string, rule: string, names: readonly string[]): readonly Unknown[] {
  if (names.includes(rule)) return [];
  if (rule === unusedAllowance)
    return [{ where, said: `"${rule}" can not be allowed; lint.rules says how much it weighs` }];
  const near = nearest(rule, names);
  return [{ where, said: `there is no rule "${rule}"${near === null ? '' : `; did you mean "${near}"?`}` }];
}

function summary(subject: string, faults: readonly Unknown[]): string {
  const [first] = faults;
  return faults.length === 1
    ? `${first?.where}: ${first?.said}`
    : `${subject}: ${faults.length} names of rules that there are not`;
}

function detailsOf(faults: readonly Unknown[]): readonly string[] {
  return faults.length === 1 ? [] : faults.map(({ where, said }) => `${where}: ${said}`);
}
