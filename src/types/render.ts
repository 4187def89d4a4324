/** The report of `dbkit types` as text. */
import type { Style } from '../command.ts';
import type { TypesReport } from './report.ts';

export function renderTypes(report: TypesReport, style: Style): string {
  const size = `${report.tables === 1 ? '1 table or view' : `${report.tables} tables and views`}${report.schemas.length === 0 ? '' : ` of ${report.schemas.join(', ')}`}`;
  const pending =
    report.pending === 0
      ? []
      : [
          `${style.warn('!')} ${report.pending === 1 ? '1 migration is' : `${report.pending} migrations are`} pending on ${report.target.database}: the types do not show them`,
        ];
  return [...pending, ...describe(report, style, size)].join('\n');
}

function describe(report: TypesReport, style: Style, size: string): readonly string[] {
  const file = style.bold(report.output);
  const mend = 'the same command without --check writes it';
  switch (report.state) {
    case 'written':
      return [`${style.good('written')} ${file}: ${size}`];
    case 'unchanged':
    case 'current':
      return [`${style.good('up to date')} ${file}: ${size}`];
    case 'missing':
      return [`${style.bad('missing')} ${file}; ${mend}`];
    case 'outdated':
      return [
        `${style.bad('outdated')} ${file}; ${mend}`,
        ...report.diff.map((line) => `  ${line.startsWith('-') ? style.bad(line) : style.good(line)}`),
        ...(report.diffOmitted === 0 ? [] : [style.dim(`  … and ${report.diffOmitted} more lines`)]),
      ];
    default: {
      const never: never = report.state;
      throw new Error(`not handled: ${String(never)}`);
    }
  }
}
