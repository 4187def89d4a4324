/** Reports of the migrate verbs as text. */
import type { Style } from '../command.ts';
import type {
  BaselineReport,
  MigrationStatus,
  NewReport,
  PlanReport,
  RepairReport,
  RunReport,
  StatusReport,
  StatusRow,
} from './report.ts';

export function renderRun(report: RunReport, style: Style): string {
  const up = report.ran.filter(({ direction }) => direction === 'up').length;
  const down = report.ran.length - up;
  const did = [up > 0 ? `${up} applied` : null, down > 0 ? `${down} undone` : null]
    .filter((part) => part !== null)
    .join(', ');
  return [
    ...report.notes.map((note) => `${style.warn('!')} ${note}`),
    `${style.bold(did === '' ? 'nothing to do' : did)}; the database has ${report.applied} applied, ${report.pending} pending`,
  ].join('\n');
}

const marks: Readonly<Record<MigrationStatus, string>> = {
  applied: '✓',
  pending: '·',
  reformatted: '✓',
  edited: '✗',
  deleted: '✗',
  interrupted: '✗',
  failed: '✗',
};

export function renderStatus(report: StatusReport, style: Style): string {
  const width = Math.max(0, ...report.migrations.map(({ name }) => name.length));
  const rows = report.migrations.map((row) => {
    const paint =
      row.status === 'pending'
        ? style.warn
        : row.status === 'applied' || row.status === 'reformatted'
          ? style.good
          : style.bad;
    return `${paint(marks[row.status])} ${row.name.padEnd(width)}  ${paint(describe(row))}${row.appliedAt === null ? '' : style.dim(`  ${row.appliedAt}`)}`.trimEnd();
  });
  const late = report.migrations.some(({ outOfOrder }) => outOfOrder)
    ? ['out of order: dbkit migrate check --base <branch> prints the rename']
    : [];
  const summary = `${report.applied} applied, ${report.pending} pending${report.faults.length === 0 ? '' : `, ${report.faults.length} at fault`}`;
  const byHand =
    report.changedSince === null
      ? []
      : [
          `${style.warn('!')} the schema may have been changed by hand since ${report.changedSince}: dbkit migrate drift tells`,
        ];
  return [
    ...rows,
    ...(rows.length === 0 ? [`no migrations in ${report.folder}`] : []),
    ...late,
    ...byHand,
    style.bold(summary),
  ].join('\n');
}

function describe({ status, outOfOrder, irreversible }: StatusRow): string {
  return [status, outOfOrder ? 'out of order' : null, irreversible === null ? null : 'irreversible']
    .filter((part) => part !== null)
    .join(', ');
}

export function renderPlan(report: PlanReport, style: Style): string {
  if (report.migrations.length === 0) return style.bold('nothing to do');
  const blocks = report.migrations.map((migration) => {
    const remarks = [
      migration.transactional ? null : 'without a transaction',
      migration.irreversible === null ? null : `irreversible: ${migration.irreversible}`,
      migration.lossy === null ? null : `loses: ${migration.lossy}`,
    ].filter((part) => part !== null);
    const head = `${style.bold(`${migration.direction} ${migration.name}`)}${remarks.length === 0 ? '' : `  (${remarks.join('; ')})`}`;
    const body = migration.statements.flatMap((statement, index) => [
      `${flushLeft(statement)};`.replace(/^(?=.)/gm, '    '),
      ...(migration.recorded?.[index]?.effects ?? []).map((effect) => style.dim(`    -- ${effect}`)),
    ]);
    return [
      head,
      ...body,
      ...(migration.incomplete === null ? [] : [style.warn(`    … ${migration.incomplete}`)]),
    ].join('\n');
  });
  const notes = report.notes.map((note) => `${style.warn('!')} ${note}`);
  return [...blocks, '', ...notes, `plan ${style.bold(report.hash)}: --plan ${report.hash} runs exactly this`].join(
    '\n',
  );
}

/** A template literal of TypeScript begins with a line end and is indented with the code around it. */
function flushLeft(statement: string): string {
  const text = statement.replace(/^(?:[ \t]*\r?\n)+/, '').trimEnd();
  const indents = [...text.matchAll(/^[ \t]*(?=\S)/gm)].map(([indent]) => indent.length);
  return text.replace(new RegExp(`^[ \\t]{${Math.min(...indents)}}`, 'gm'), '');
}

export function renderNew({ files }: NewReport): string {
  return files.map((file) => `wrote ${file}`).join('\n');
}

export function renderBaseline({ files, recorded }: BaselineReport): string {
  return [
    ...files.map((file) => `wrote ${file}`),
    ...recorded.map((name) => `recorded ${name} as applied, without running it`),
    ...(recorded.length === 0 ? ['nothing to record'] : []),
  ].join('\n');
}

export function renderRepair({ repaired }: RepairReport): string {
  return repaired.length === 0 ? 'nothing to repair' : repaired.map(({ name, what }) => `${name}: ${what}`).join('\n');
}
