/** Holds rules against what was recorded: findings with keys, the severities of the config, and what is accepted. */
import type { Allowance, RuleLevel } from '../../config/schema.ts';
import type { Finding } from '../../findings/finding.ts';
import { AllowanceBook } from './allowances.ts';
import type { TableStats } from './estimate.ts';
import type { RecordedMigration, RecordedStatement } from './recording.ts';
import type { LintContext, LintFinding, LintRule, Severity } from './rule.ts';
import { tellRun } from './tell.ts';

export interface JudgeOptions {
  readonly rules: readonly LintRule[];
  /** `lint.rules` of the config. */
  readonly levels: Readonly<Record<string, RuleLevel>>;
  readonly context: LintContext;
  /** Sizes as they are told; those of `context` are complete. */
  readonly stats: TableStats | null;
  /** `allow` of the config. */
  readonly allow: readonly Allowance[];
  /** The config's file, or null. */
  readonly configFile: string | null;
  /** Of all migrations of the folder. */
  readonly names: readonly string[];
  /** Every migration of the folder was recorded: an allowance of the config that matched none of them matches nothing. */
  readonly complete: boolean;
}

export interface Judged {
  readonly findings: readonly Finding[];
  /** That were asked, with the severity that counts. */
  readonly rules: readonly LintRule[];
}

/** In the order of migrations, direction, place; then of rules. */
export function judge(recorded: readonly RecordedMigration[], options: JudgeOptions): Judged {
  const rules = options.rules.flatMap((rule) => {
    const severity = severityOf(rule, options.levels);
    return severity === null ? [] : { ...rule, severity, check: rule.check.bind(rule) };
  });
  const book = new AllowanceBook(options);
  const findings: Finding[] = [];
  const keys = new Map<string, number>();
  for (const migration of recorded) {
    const effects = new Map<RecordedStatement, readonly string[]>();
    for (const run of [migration.up, migration.down]) {
      const told = tellRun(run?.statements ?? [], options.stats);
      for (const [index, statement] of (run?.statements ?? []).entries()) effects.set(statement, told[index] ?? []);
    }
    const own = rules
      .flatMap((rule) => rule.check(migration, options.context).map((found) => ({ ...found, rule })))
      .sort((a, b) => placeOf(a) - placeOf(b));
    for (const found of own) {
      const { rule, direction, object } = found;
      const plain = [rule.name, migration.file.name, ...(direction === 'down' ? ['down'] : []), object ?? ''].join(':');
      const times = (keys.get(plain) ?? 0) + 1;
      keys.set(plain, times);
      findings.push({
        key: times === 1 ? plain : `${plain}#${times}`,
        rule: rule.name,
        severity: rule.severity,
        object,
        kind: 'migration',
        message: found.message,
        why: rule.explanation,
        fix: found.patch,
        evidence: found.statement === null ? [] : (effects.get(found.statement) ?? []),
        location: found.location ?? found.statement?.location ?? wholeFile(migration, direction),
        help: `docs/lint-rules.md#${rule.name}`,
        accepted: book.accepts(migration, rule.name, object),
      });
    }
  }
  return { findings: [...findings, ...book.unused(recorded)], rules };
}

function severityOf(rule: LintRule, levels: JudgeOptions['levels']): Severity | null {
  const level = Object.hasOwn(levels, rule.name) ? levels[rule.name] : undefined;
  if (level === 'off') return null;
  return level ?? (rule.optIn === true ? null : rule.severity);
}

/** What is about the migration as a whole comes behind its statements. */
function placeOf({ direction, statement }: Pick<LintFinding, 'direction' | 'statement'>): number {
  return (direction === 'up' ? 0 : 1e9) + (statement?.ordinal ?? 1e6);
}

function wholeFile({ file }: RecordedMigration, direction: 'up' | 'down'): Finding['location'] {
  return { file: file.sql?.[direction]?.file ?? file.file, line: null, column: null };
}
