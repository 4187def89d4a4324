import type { Style } from '../command.ts';
import type { DoctorReport } from './report.ts';

export function renderDoctor({ checks }: DoctorReport, style: Style): string {
  const marks = { ok: style.good('✓'), warn: style.warn('!'), fail: style.bad('✗'), skipped: style.dim('·') };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const rows = checks.flatMap(({ name, state, message, hint }) => [
    `${marks[state]} ${name.padEnd(width)}  ${message}`,
    ...(hint === null ? [] : [`  ${' '.repeat(width)}  ${style.dim(`next: ${hint}`)}`]),
  ]);
  const faults = checks.filter(({ state }) => state === 'fail').length;
  const warnings = checks.filter(({ state }) => state === 'warn').length;
  return [
    ...rows,
    style.bold(faults === 0 && warnings === 0 ? 'all is well' : `${faults} at fault, ${warnings} to look at`),
  ].join('\n');
}
