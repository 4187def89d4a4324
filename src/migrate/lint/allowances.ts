/** Findings that are meant: allowed in the migration's own file, or in the config. What allows nothing is a finding. */
import { nearest } from '../../config/nearest.ts';
import type { Allowance } from '../../config/schema.ts';
import type { Finding } from '../../findings/finding.ts';
import type { JudgeOptions } from './judge.ts';
import type { RecordedMigration } from './recording.ts';

export const unusedAllowance = 'unused-allowance';

const why =
  'An allowance that allows nothing hides the next fault of its kind. It is left over from a finding that was mended, or meant for another object.';

type BookOptions = Pick<JudgeOptions, 'levels' | 'allow' | 'configFile' | 'complete' | 'names'>;

export class AllowanceBook {
  readonly #options: BookOptions;
  readonly #used = new Set<unknown>();

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /** The reason in the file goes before the one in the config. */
  accepts({ file }: RecordedMigration, rule: string, object: string | null): Finding['accepted'] {
    const inFile = file.directives.allow.filter((allowance) => allowance.rule === rule);
    const inConfig = this.#options.allow.filter((allowance) => matches(allowance, file.name, rule, object));
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
        .map(({ rule, location }) => finding(rule, file.name, location, 'it finds nothing here')),
    );
    const { allow, configFile } = this.#options;
    const inConfig = allow
      .filter((allowance) => !this.#used.has(allowance) && this.#wasAsked(allowance, recorded))
      .map((allowance) => {
        const location = configFile === null ? null : { file: configFile, line: null, column: null };
        const { rule, object, migration } = allowance;
        const subject = ['config', migration, object].filter((part) => part !== undefined).join(':');
        return finding(rule, subject, location, this.#nothing(allowance));
      });
    const times = new Map<string, number>();
    return [...inFiles, ...inConfig].map((one) => {
      const time = (times.get(one.key) ?? 0) + 1;
      times.set(one.key, time);
      return { ...one, key: time === 1 ? one.key : `${one.key}#${time}`, severity: level };
    });
  }

  /** Of a part of the folder nobody can tell what the rest would match. */
  #wasAsked({ migration }: Allowance, recorded: readonly RecordedMigration[]): boolean {
    if (this.#options.complete) return true;
    if (migration === undefined) return false;
    return recorded.some(({ file }) => file.name === migration) || !this.#options.names.includes(migration);
  }

  #nothing({ object, migration }: Allowance): string {
    if (migration !== undefined && !this.#options.names.includes(migration)) {
      const near = nearest(migration, this.#options.names);
      return `there is no migration "${migration}"${near === null ? '' : `; did you mean "${near}"?`}`;
    }
    const where = migration === undefined ? 'in any migration' : `in ${migration}`;
    if (object === undefined) return `it finds nothing ${where}`;
    return `it finds nothing about ${object}${migration === undefined ? '' : ` ${where}`}`;
  }
}

function finding(
  rule: string,
  subject: string,
  location: Finding['location'],
  nothing: string,
): Omit<Finding, 'severity'> {
  return {
    key: `${unusedAllowance}:${subject}:${rule}`,
    rule: unusedAllowance,
    object: rule,
    kind: 'migration',
    message: `"${rule}" is allowed, but ${nothing}`,
    why,
    fix: null,
    evidence: [],
    location,
    help: 'docs/lint.md#allowances',
    accepted: null,
  };
}

function matches({ rule, object, migration }: Allowance, file: string, found: string, about: string | null): boolean {
  return (
    rule === found && (object === undefined || object === about) && (migration === undefined || migration === file)
  );
}
