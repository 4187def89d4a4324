/** Findings that are meant: allowed in the migration's own file, or in the config. What allows nothing is a finding. */
import { nearest } from '../../config/nearest.ts';
import type { Allowance } from '../../config/schema.ts';
import type { Finding } from '../../findings/finding.ts';
import type { JudgeOptions } from './judge.ts';
import type { RecordedMigration } from './recording.ts';

const unusedAllowance = 'unused-allowance';

const why =
  'An allowance that allows nothing hides the next fault of its kind. It is left over from a finding that was mended, or its rule is misspelt.';

export class AllowanceBook {
  readonly #options: Pick<JudgeOptions, 'rules' | 'levels' | 'allow' | 'configFile' | 'complete'>;
  readonly #used = new Set<unknown>();

  constructor(options: Pick<JudgeOptions, 'rules' | 'levels' | 'allow' | 'configFile' | 'complete'>) {
    this.#options = options;
  }

  /** The reason in the file goes before the one in the config. */
  accepts({ file }: RecordedMigration, rule: string, object: string | null): Finding['accepted'] {
    const inFile = file.directives.allow.filter((allowance) => allowance.rule === rule);
    const inConfig = this.#options.allow.filter((allowance) => matches(allowance, rule, object));
    // All of them are of use, also where one would be enough.
    for (const allowance of [...inFile, ...inConfig]) this.#used.add(allowance);
    const [first] = inFile;
    if (first !== undefined) return { why: first.why, where: 'file' };
    return inConfig[0] === undefined ? null : { why: inConfig[0].why, where: 'config' };
  }

  /** After all migrations were asked for. */
  unused(recorded: readonly RecordedMigration[]): readonly Finding[] {
    const level = this.#options.levels[unusedAllowance] ?? 'warning';
    if (level === 'off') return [];
    const inFiles = recorded.flatMap(({ file }) =>
      file.directives.allow
        .filter((allowance) => !this.#used.has(allowance))
        .map(({ rule }) => this.#finding(rule, file.name, file.file, 'it finds nothing here')),
    );
    const { allow, configFile } = this.#options;
    const inConfig = allow
      .filter((allowance) => !this.#used.has(allowance) && (this.#options.complete || !this.#isKnown(allowance.rule)))
      .map(({ rule, object }) =>
        this.#finding(
          rule,
          'config',
          configFile,
          object === undefined ? 'it finds nothing in any migration' : `it finds nothing about ${object}`,
        ),
      );
    return [...inFiles, ...inConfig].map((finding) => ({ ...finding, severity: level }));
  }

  #isKnown(rule: string): boolean {
    return this.#options.rules.some(({ name }) => name === rule);
  }

  #finding(rule: string, subject: string, file: string | null, nothing: string): Omit<Finding, 'severity'> {
    const names = this.#options.rules.map(({ name }) => name);
    const near = nearest(rule, names);
    const unknown = near === null ? 'there is no such rule' : `there is no such rule; did you mean "${near}"?`;
    return {
      key: `${unusedAllowance}:${subject}:${rule}`,
      rule: unusedAllowance,
      object: rule,
      kind: 'migration',
      message: `"${rule}" is allowed, but ${this.#isKnown(rule) ? nothing : unknown}`,
      why,
      fix: null,
      evidence: [],
      location: file === null ? null : { file, line: null, column: null },
      help: 'docs/lint.md#allowances',
      accepted: null,
    };
  }
}

function matches(allowance: Allowance, rule: string, object: string | null): boolean {
  return allowance.rule === rule && (allowance.object === undefined || allowance.object === object);
}
