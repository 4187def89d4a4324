/** SARIF 2.1.0: what code hosts show in a pull request. See the OASIS standard of that name. */
import { pathToFileURL } from 'node:url';
import type { Finding, FindingRule, FindingSeverity, FindingsDocument } from './finding.ts';
import { printable } from './printable.ts';
import { pathFrom } from './relative-path.ts';

export function toSarif(of: FindingsDocument): string {
  const { findings, root } = of;
  const rules = withUnlisted(of.rules, findings);
  const run = {
    tool: {
      driver: {
        name: 'dbkit',
        version: of.dbkitVersion,
        rules: rules.map(({ name, summary, explanation, severity }) => ({
          id: name,
          ...(summary === '' ? {} : { shortDescription: { text: summary } }),
          ...(explanation === '' ? {} : { help: { text: explanation, markdown: explanation } }),
          defaultConfiguration: { level: levelOf(severity) },
        })),
      },
    },
    automationDetails: { id: `dbkit ${of.command}/` },
    columnKind: 'unicodeCodePoints',
    results: findings.map((finding) => ({
      ruleId: finding.rule,
      ruleIndex: rules.findIndex(({ name }) => name === finding.rule),
      level: levelOf(finding.severity),
      message: { text: textOf(finding) },
      ...placeOf(finding, root),
      partialFingerprints: { 'dbkit/v1': finding.key },
      ...suppressionOf(finding),
    })),
  };
  const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
  const clean = (_: string, value: unknown) => (typeof value === 'string' ? printable(value) : value);
  return `${JSON.stringify({ $schema: schema, version: '2.1.0', runs: [run] }, clean, 2)}\n`;
}

/** Also those that no rule of a folder finds: an allowance that allows nothing. Each once, so that its index means it. */
function withUnlisted(rules: readonly FindingRule[], findings: readonly Finding[]): readonly FindingRule[] {
  const listed = new Map(rules.map((rule) => [rule.name, rule]));
  for (const { rule: name, severity, why } of findings) {
    if (!listed.has(name)) listed.set(name, { name, severity, summary: '', explanation: why });
  }
  return [...listed.values()];
}

function levelOf(severity: FindingSeverity): 'error' | 'warning' | 'note' {
  return severity === 'notice' ? 'note' : severity;
}

function textOf({ message, evidence, fix }: Finding): string {
  return [message, ...evidence, ...(fix === null ? [] : [`Instead:\n${fix}`])].join('\n');
}

function placeOf({ location }: Finding, root: string): object {
  if (location === null) return {};
  const path = pathFrom(root, location.file);
  // Below the root a reference that holds on every machine; else the file of this one.
  const uri =
    path === location.file
      ? pathToFileURL(printable(path)).href
      : printable(path).split('/').map(encodeURIComponent).join('/');
  const region =
    location.line === null
      ? {}
      : {
          region: {
            startLine: location.line,
            ...(location.column === null ? {} : { startColumn: location.column }),
          },
        };
  return { locations: [{ physicalLocation: { artifactLocation: { uri }, ...region } }] };
}

function suppressionOf({ accepted }: Finding): object {
  if (accepted === null) return {};
  const kind = accepted.where === 'file' ? 'inSource' : 'external';
  return { suppressions: [{ kind, justification: accepted.why }] };
}
