/** Markdown for a summary of a pipeline, or a comment on a pull request. */
import type { Finding, FindingsDocument } from './finding.ts';
import { countFindings } from './finding.ts';
import { printable } from './printable.ts';
import { pathFrom } from './relative-path.ts';

export function toMarkdown({ command, root, subjects, findings, notes }: FindingsDocument): string {
  const open = findings.filter(({ accepted }) => accepted === null);
  const accepted = findings.filter((finding) => finding.accepted !== null);
  return [
    `## dbkit ${command}: ${countFindings(findings)}`,
    `Looked at: ${subjects.length}.${notes.length === 0 ? '' : ` ${notes.map(text).join(' ')}`}`,
    ...open.map((finding) => section(finding, root)),
    ...(accepted.length === 0 ? [] : [`### Accepted\n\n${acceptedTable(accepted, root)}`]),
    '',
  ].join('\n\n');
}

function section(finding: Finding, root: string): string {
  const { severity, rule, message, evidence, why, fix } = finding;
  return [
    `### ${severity}: ${text(rule)}`,
    `${code(placeOf(finding, root))} ${text(message)}`,
    ...(evidence.length === 0 ? [] : [evidence.map((line) => `- ${text(line)}`).join('\n')]),
    printable(why),
    ...(fix === null ? [] : [fenced(fix)]),
  ].join('\n\n');
}

function acceptedTable(findings: readonly Finding[], root: string): string {
  const rows = findings.map((finding) => {
    const cells = [finding.rule, placeOf(finding, root), finding.message, finding.accepted?.why ?? ''];
    return `| ${cells.map((cell) => text(cell)).join(' | ')} |`;
  });
  return ['| rule | place | finding | why it is meant |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function placeOf({ location, object }: Finding, root: string): string {
  if (location === null) return object ?? '';
  return `${pathFrom(root, location.file)}${location.line === null ? '' : `:${location.line}`}`;
}

/** One line, in which nothing is Markdown or HTML. */
function text(raw: string): string {
  return printable(raw)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');
}

function code(given: string): string {
  if (given === '') return '';
  const raw = printable(given).replace(/\s+/g, ' ');
  const longest = Math.max(0, ...[...raw.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return longest === 0 ? `${ticks}${raw}${ticks}` : `${ticks} ${raw} ${ticks}`;
}

function fenced(sql: string): string {
  const longest = Math.max(2, ...[...sql.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sql\n${printable(sql)}\n${fence}`;
}
