/** Workflow commands of GitHub Actions: each finding becomes a remark at its line in the pull request. */
import type { FindingsDocument } from './finding.ts';
import { countFindings } from './finding.ts';
import { printable } from './printable.ts';
import { pathFrom } from './relative-path.ts';

/** What is accepted is left out; the last line counts all. */
export function toGithub({ command, root, findings, notes }: FindingsDocument): string {
  const lines = findings
    .filter(({ accepted }) => accepted === null)
    .map(({ severity, rule, message, evidence, fix, location }) => {
      const properties = [
        ...(location === null ? [] : [`file=${property(pathFrom(root, location.file))}`]),
        ...(location?.line == null ? [] : [`line=${location.line}`]),
        ...(location?.column == null ? [] : [`col=${location.column}`]),
        `title=${property(`dbkit: ${rule}`)}`,
      ];
      const text = [message, ...evidence, ...(fix === null ? [] : ['', 'Instead:', fix])].join('\n');
      return `::${severity} ${properties.join(',')}::${data(text)}`;
    });
  const plain = [...notes, `dbkit ${command}: ${countFindings(findings)}`].map(noCommand);
  return `${[...lines, ...plain].join('\n')}\n`;
}

/** The runner looks for `::` behind blanks too, and for `##[` anywhere in a line. */
function noCommand(text: string): string {
  return data(text)
    .replace(/^(\s*):(?=:)/, '$1: ')
    .replaceAll('##[', '# #[');
}

function data(text: string): string {
  return printable(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
