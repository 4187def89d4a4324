/** The XML of JUnit, as the servers of pipelines read it: a test case for each finding, and for each subject without. */
import type { Finding, FindingsDocument } from './finding.ts';
import { printable } from './printable.ts';
import { pathFrom } from './relative-path.ts';

export function toJunit({ command, root, subjects, findings }: FindingsDocument): string {
  const told = new Set<Finding>();
  const cases = subjects.flatMap(({ name, file }) => {
    const own = findings.filter((finding) => file !== null && finding.location?.file === file);
    for (const finding of own) told.add(finding);
    if (own.length > 0) return own.map((finding) => testCase(name, finding, root));
    return [`    <testcase classname="${escapeXml(name)}" name="${escapeXml(command)}"/>`];
  });
  const others = findings.filter((finding) => !told.has(finding));
  const all = [...cases, ...others.map((finding) => testCase(finding.object ?? command, finding, root))];
  const fails = findings.filter(({ severity, accepted }) => severity !== 'notice' && accepted === null).length;
  const skipped = findings.filter(({ accepted }) => accepted !== null).length;
  const counts = `tests="${all.length}" failures="${fails}" errors="0" skipped="${skipped}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="dbkit" ${counts}>`,
    `  <testsuite name="dbkit ${escapeXml(command)}" ${counts}>`,
    ...all,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase(subject: string, finding: Finding, root: string): string {
  const { rule, object, severity, message, accepted, location } = finding;
  const file = location === null ? '' : ` file="${escapeXml(pathFrom(root, location.file))}"`;
  const line = location?.line == null ? '' : ` line="${location.line}"`;
  const name = object === null ? rule : `${rule}: ${object}`;
  const head = `    <testcase classname="${escapeXml(subject)}" name="${escapeXml(name)}"${file}${line}>`;
  const body =
    accepted !== null
      ? `<skipped message="${escapeXml(`accepted: ${accepted.why}`)}"/>`
      : severity === 'notice'
        ? `<system-out>${escapeXml(detailOf(finding))}</system-out>`
        : `<failure type="${severity}" message="${escapeXml(message)}">${escapeXml(detailOf(finding))}</failure>`;
  return `${head}${body}</testcase>`;
}

function detailOf({ message, evidence, why, fix }: Finding): string {
  return [message, ...evidence, '', why, ...(fix === null ? [] : ['', 'Instead:', fix])].join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** For attributes and for text alike. XML 1.0 has no way to write control characters, not even escaped. */
function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"\n\r\t]/g, (char) => entities[char] ?? char);
}
