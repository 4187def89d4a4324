/** The report of `dbkit migrate lint` as text: by file, each finding with its statement, what it does and what to write. */
import { relative } from 'node:path';
import type { Style } from '../../command.ts';
import type { Location } from '../../errors.ts';
import type { Finding, FindingSeverity } from '../../findings/finding.ts';
import { countFindings } from '../../findings/finding.ts';
import type { LintReport, RecordedStatementReport } from './report.ts';

const shownLines = 3;

export function renderLint(report: LintReport, style: Style): string {
  const open = report.findings.filter(({ accepted }) => accepted === null);
  const accepted = report.findings.filter((finding) => finding.accepted !== null);
  const byFile = Map.groupBy(open, ({ location }) => location?.file ?? null);
  const statements = report.migrations.flatMap(({ up, down }) => [...up, ...(down ?? [])]);
  const files = [...byFile].map(([file, findings]) =>
    [
      style.bold(file === null ? 'in general' : relative(report.folder, file) || file),
      ...findings.map((finding) => renderFinding(finding, statements, style)),
    ].join('\n'),
  );
  return [
    ...files.flatMap((block) => [block, '']),
    ...accepted.map((finding) => style.dim(`accepted ${finding.key}: ${finding.accepted?.why}`)),
    ...report.notes.map((note) => `${style.warn('!')} ${note}`),
    ...(report.output === null ? [] : [`wrote ${report.output}`]),
    summary(report, statements.length, style),
  ].join('\n');
}

function summary({ migrations, findings, failing }: LintReport, statements: number, style: Style): string {
  const count = countFindings(findings);
  const ran = `${migrations.length} ${migrations.length === 1 ? 'migration' : 'migrations'}, ${statements} ${statements === 1 ? 'statement' : 'statements'} run up and down on a scratch database`;
  return `${style.bold(failing > 0 ? style.bad(count) : style.good(count))} in ${ran}`;
}

function renderFinding(finding: Finding, statements: readonly RecordedStatementReport[], style: Style): string {
  const { severity, rule, message, evidence, fix, help, location } = finding;
  const place = location?.line == null ? '' : `${location.line}:${location.column ?? 1}  `;
  const statement = statements.find((one) => samePlace(one.location, location));
  return [
    `  ${style.dim(place)}${paint(severity, style)(severity)} ${style.bold(rule)}: ${message}`,
    ...(statement === undefined ? [] : frame(statement).map((line) => `    ${style.dim(line)}`)),
    ...evidence.map((line) => `    ${line}`),
    ...(fix === null
      ? []
      : [
          '    instead:',
          ...fix
            .trimEnd()
            .split('\n')
            .map((line) => `      ${style.good(line)}`.trimEnd()),
        ]),
    ...(help === null ? [] : [`    ${style.dim(help)}`]),
  ].join('\n');
}

function paint(severity: FindingSeverity, style: Style): (text: string) => string {
  return severity === 'error' ? style.bad : severity === 'warning' ? style.warn : style.dim;
}

function samePlace(a: Location | null, b: Location | null): boolean {
  return a !== null && b !== null && a.line !== null && a.file === b.file && a.line === b.line && a.column === b.column;
}

/** The beginning of the statement with the numbers of its lines, and a caret below where it starts. */
function frame({ sql, location }: RecordedStatementReport): readonly string[] {
  const inSql = location?.file.endsWith('.sql') === true;
  const lines = sql.split(/\r\n|\n|\r/);
  const shown = lines.slice(0, shownLines);
  const first = location?.line ?? 1;
  const width = String(first + shown.length - 1).length;
  const row = (number: string, text: string) =>
    `${number.padStart(width)} | ${text.replaceAll('\t', '    ')}`.trimEnd();
  // Of TypeScript the statement is put together at run time: its lines are not those of the file.
  const numbered = shown.map((text, index) => row(inSql || index === 0 ? String(first + index) : '', text));
  const more = lines.length > shown.length ? [row('', '…')] : [];
  return [numbered[0] ?? '', row('', '^'), ...numbered.slice(1), ...more];
}
