/** The report of `dbkit migrate prove` as text: a line a migration, and below it what was found. */
import { relative } from 'node:path';
import type { Style } from '../../command.ts';
import { renderFrame } from '../../postgres/frame.ts';
import type { Loss, MigrationProof, ProofFault, ProofStatus, ProveReport } from './report.ts';

const marks: Readonly<Record<ProofStatus, string>> = {
  proven: '✓',
  lossy: '✓',
  irreversible: '!',
  inconclusive: '?',
  failed: '✗',
  'not reached': '·',
  trusted: '·',
};

export function renderProof(report: ProveReport, style: Style): string {
  const width = Math.max(0, ...report.migrations.map(({ name }) => name.length));
  return [
    ...report.migrations.flatMap((proof) => linesOf(proof, width, report.folder, style)),
    ...(report.migrations.length === 0 ? [`no migrations in ${report.folder}`] : []),
    ...report.notes.map((note) => `${style.warn('!')} ${note}`),
    style.bold(summary(report)),
  ].join('\n');
}

function linesOf(proof: MigrationProof, width: number, folder: string, style: Style): readonly string[] {
  const paint = paintOf(proof.status, style);
  const took = proof.stored ? 'proven before' : proof.durationMs === null ? '' : `${Math.round(proof.durationMs)} ms`;
  // What a failed one declares as lossy is not why it failed.
  const reason = proof.reason === null || proof.status === 'failed' ? '' : `: ${proof.reason}`;
  const head = `${paint(marks[proof.status])} ${proof.name.padEnd(width)}  ${paint(wordOf(proof))}${reason}`;
  const declared = proof.status !== 'failed' || !proof.faults.some(({ kind }) => kind === 'undeclared loss');
  return [
    `${head}${took === '' ? '' : style.dim(`  ${took}`)}`,
    ...proof.faults.flatMap((fault) => faultLines(fault, folder)).map((line) => `    ${line}`),
    ...proof.losses.map((loss) => `    ${declared ? style.dim(lossLine(loss)) : style.bad(lossLine(loss))}`),
    ...(declared
      ? []
      : ['    declare it: -- dbkit:lossy <what>, or export const config = { lossy: … }; or keep the data']),
    ...proof.withoutRows.map(({ table, why }) => `    ${style.warn(`not proven with rows in ${table}: ${why}`)}`),
    ...proof.notes.map((note) => `    ${style.dim(note)}`),
  ];
}

/** What was not tried with rows does not call itself proven without saying so. */
function wordOf({ status, withoutRows }: MigrationProof): string {
  if (status === 'trusted') return 'not proven: trusted';
  if (status === 'lossy') return 'proven, with the loss that it declares';
  return status === 'proven' && withoutRows.length > 0 ? 'proven, in part without rows' : status;
}

function faultLines(fault: ProofFault, folder: string): readonly string[] {
  const { failure } = fault;
  const frame = failure?.sql == null ? null : renderFrame(failure.sql, failure.location);
  const place =
    failure?.location == null
      ? []
      : [
          `  at ${[relative(folder, failure.location.file), failure.location.line, failure.location.column].filter((part) => part !== null).join(':')}`,
        ];
  return [
    fault.words,
    ...place,
    ...(frame === null ? [] : frame.split('\n').map((line) => `  ${line}`)),
    ...(failure?.sql?.detail == null ? [] : [`  detail: ${failure.sql.detail}`]),
    ...(failure?.hint == null ? [] : [`  hint: ${failure.hint}`]),
    ...fault.differences.map(({ words }) => `  ${words}`),
  ];
}

function lossLine({ table, column, rows, example, by }: Loss): string {
  const what = column === null ? `${rows === 1 ? 'a row' : `${rows} rows`} of ${table}` : `${table}.${column}`;
  const how = by === 'up and down' ? 'up and down lose' : 'down and up lose';
  return `${how} ${what}: ${example}`;
}

function paintOf(status: ProofStatus, style: Style): (text: string) => string {
  if (status === 'proven' || status === 'lossy') return style.good;
  return status === 'failed' || status === 'not reached' ? style.bad : style.warn;
}

function summary({ migrations, serverVersion }: ProveReport): string {
  const counts = Map.groupBy(migrations, ({ status }) => (status === 'lossy' ? 'proven' : status));
  const parts = [...counts].map(([status, { length }]) => `${length} ${status}`);
  const before = migrations.filter(({ stored }) => stored).length;
  const where = serverVersion === null ? '' : ` on PostgreSQL ${serverVersion}`;
  return `${parts.length === 0 ? 'nothing to prove' : parts.join(', ')}${where}${before === 0 ? '' : ` (${before} of them before)`}`;
}
