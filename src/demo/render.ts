import type { Style } from '../command.ts';
import type { DemoReport } from './report.ts';

/** A table of what was shown, and what to type next. */
export function renderDemo({ steps, durationMs }: DemoReport, style: Style): string {
  const width = Math.max(...steps.map(({ title }) => title.length));
  const rows = steps.map(
    ({ title, shown, durationMs: ms }) =>
      `  ${title.padEnd(width)}  ${`${(ms / 1000).toFixed(2)} s`.padStart(8)}  ${shown}`,
  );
  return [
    '',
    style.bold('what was shown'),
    ...rows,
    `  ${'in all'.padEnd(width)}  ${`${(durationMs / 1000).toFixed(2)} s`.padStart(8)}`,
    '',
    style.bold('next'),
    '  npx dbkit migrate new add_invoices   write a migration',
    '  npx dbkit migrate up                 run it on the embedded server of this folder',
    '  npx dbkit doctor                     see what dbkit finds here',
  ].join('\n');
}
