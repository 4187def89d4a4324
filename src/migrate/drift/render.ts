/** Reports of drift and diff as text. */
import type { Difference } from '../../catalog/difference.ts';
import type { Style } from '../../command.ts';
import type { DiffReport, DriftReport } from './report.ts';

const marks: Readonly<Record<Difference['change'], string>> = { added: '+', removed: '-', changed: '~' };

function lines(differences: readonly Difference[], style: Style): readonly string[] {
  const paint = { added: style.good, removed: style.bad, changed: style.warn };
  return differences.map(({ change, words }) => `${paint[change](marks[change])} ${words}`);
}

export function renderDrift(report: DriftReport, style: Style, options: { readonly sql: boolean }): string {
  const { differences, written } = report;
  const many = differences.length === 1 ? '1 difference' : `${differences.length} differences`;
  const summary =
    differences.length === 0
      ? style.good(`no drift: ${report.target.database} is what its ${report.applied} applied migrations make`)
      : style.bad(`${many}: ${report.target.database} is not what its ${report.applied} applied migrations make`);
  const scripts = options.sql && differences.length > 0;
  return [
    ...report.notAsApplied.map((line) => `${style.warn('!')} ${line}`),
    ...lines(differences, style),
    ...report.columnOrder.map(({ words }) => style.dim(`  ${words}`)),
    ...report.fromUpgrade.map((line) => style.dim(`  ${line}`)),
    ...report.inconclusive.map((line) => `${style.warn('?')} inconclusive: ${line}`),
    ...(report.ignored === 0 ? [] : [style.dim(`  ${report.ignored} ignored`)]),
    ...(scripts ? ['', style.bold('-- to make the database like the files:'), ...report.mendDatabase] : []),
    ...(scripts ? ['', style.bold('-- to make the files like the database:'), ...report.mendFiles] : []),
    ...(written === null ? [] : renderWritten(written, style)),
    style.bold(summary),
    ...(differences.length > 0 && written === null && !options.sql
      ? ['--sql prints what would mend either side; --write <name> makes a migration of it']
      : []),
  ].join('\n');
}

function renderWritten(written: NonNullable<DriftReport['written']>, style: Style): readonly string[] {
  if (!written.proven) {
    return [
      `${style.bad('not written')}: the migration was not proven`,
      ...written.faults.map((fault) => `    ${fault}`),
    ];
  }
  return [
    ...written.files.map((file) => `${style.good('wrote')} ${file}`),
    ...written.losesData.map((statement) => `${style.warn('!')} loses data: ${statement}`),
    `proven, also with rows: up makes the database as it is, down takes it back. This database has it already; record it there: dbkit migrate baseline ${written.name} --only`,
    ...(written.pendingBefore.length === 0
      ? []
      : [
          `${style.warn('!')} ${written.pendingBefore.join(', ')} ${written.pendingBefore.length === 1 ? 'is' : 'are'} pending there and would come after it: run dbkit migrate up --allow-unordered, which proves both orders first`,
        ]),
  ];
}

export function renderDiff(report: DiffReport, style: Style, options: { readonly sql: boolean }): string {
  const { from, to, differences } = report;
  if (options.sql) {
    return [
      `-- makes ${from.name} like ${to.name}`,
      ...report.impossible.map((words) => `-- no statement can do this: ${words}`),
      ...report.script,
    ].join('\n');
  }
  const names = `${from.name} and ${to.name}`;
  return [
    ...lines(differences, style),
    ...report.columnOrder.map(({ words }) => style.dim(`  ${words}`)),
    ...report.fromUpgrade.map((line) => style.dim(`  ${line}`)),
    ...report.inconclusive.map((line) => `${style.warn('?')} inconclusive: ${line}`),
    style.bold(
      differences.length === 0
        ? style.good(`${names} are alike`)
        : style.bad(
            `${differences.length === 1 ? '1 difference' : `${differences.length} differences`} from ${from.name} to ${to.name}`,
          ),
    ),
  ].join('\n');
}
