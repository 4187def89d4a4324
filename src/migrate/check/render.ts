/** The report of `dbkit migrate check` as text. */
import type { Style } from '../../command.ts';
import type { CheckReport } from './report.ts';

export function renderCheck(report: CheckReport, style: Style): string {
  const { faults, renames, order, added } = report;
  const lines = report.notes.map((note) => `${style.warn('!')} ${note}`);
  for (const { kind, message, details, fix } of faults) {
    lines.push(`${style.bad('✗')} ${message} ${style.dim(`[${kind}]`)}`);
    lines.push(...details.map((detail) => `    ${detail}`));
    if (fix !== null) lines.push(`  ${style.bold('next:')} ${fix}`);
  }
  if (renames.length > 0) lines.push('', ...renames.map(({ command }) => `  ${command}`), '');
  if (order?.equal === true) {
    const what = order.recorded ? 'the record says that both orders' : 'both orders were run, and';
    lines.push(`${style.good('✓')} ${what} end in the same schema: ${order.applied.join(', ')}`);
  }
  const summary = `${added.length} new beside ${report.base} (${report.commit.slice(0, 12)})`;
  const found = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  lines.push(style.bold(faults.length === 0 ? `${summary}, in order` : `${summary}, ${found}`));
  return lines.join('\n');
}
