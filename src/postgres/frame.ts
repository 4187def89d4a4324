/** The caret frame: the lines of a statement around the place that an error points at. */
import type { Location, SqlFailure } from '../errors.ts';
import { offsetOfPosition } from './sql-error.ts';

const linesBefore = 2;
const linesAfter = 1;
const tab = '    ';

/**
 * Lines of text, each with its number in the file where that is known; under the faulty one a caret.
 * Null when the server named no position.
 */
export function renderFrame(sql: SqlFailure, location: Location | null): string | null {
  if (sql.position === null) return null;
  const offset = offsetOfPosition(sql.statement, sql.position);
  const before = sql.statement.slice(0, offset).split(/\r\n|\n|\r/);
  const lines = sql.statement.split(/\r\n|\n|\r/);
  const at = before.length - 1;
  const column = before.at(-1) ?? '';
  const firstNumber = sql.compiled === true ? 1 : (location?.line ?? at + 1) - at;
  const from = Math.max(0, at - linesBefore);
  const shown = lines.slice(from, at + 1 + linesAfter);
  const width = String(firstNumber + from + shown.length - 1).length;
  const row = (number: string, text: string) => `${number.padStart(width)} | ${text}`.trimEnd();
  const rows = shown.map((text, index) => row(String(firstNumber + from + index), expandTabs(text)));
  rows.splice(at - from + 1, 0, row('', `${' '.repeat(displayWidth(expandTabs(column)))}^`));
  return rows.join('\n');
}

function expandTabs(text: string): string {
  return text.replaceAll('\t', tab);
}

const wide =
  /\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Columns that a terminal gives the text: two for emoji and East Asian wide letters. */
function displayWidth(text: string): number {
  // Made here: loading its data at start-up would cost every command a third of an empty Node.
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) columns += wide.test(segment) ? 2 : 1;
  return columns;
}
