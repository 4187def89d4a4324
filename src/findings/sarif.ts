/** SARIF 2.1.0: what code hosts show in a pull request. See the OASIS standard of that name. */
import { pathToFileURL } from 'node:url';
import type { Finding, FindingSeverity, FindingsDocument } from './finding.ts';
import { pathFrom } from './relative-path.ts';

export function toSarif(of: FindingsDocument): string {
  const { rules, findings, root } = of;
  const run = {
    tool: {
      driver: {
        name: 'dbkit',
        version: of.dbkitVersion,
        rules: rules.map(({ name, summary, explanation, severity }) => ({
          id: name,
          shortDescription: { text: summary },
          help: { text: explanation, markdown: explanation },
          defaultConfiguration: { level: levelOf(severity) },
        })),
      },
    },
    automationDetails: { id: `dbkit ${of.command}/` },
    columnKind: 'unicodeCodePoints',
    results: findings.map((finding) => ({
      ruleId: finding.rule,
      ...indexOf(rules.findIndex(({ name }) => name === finding.rule)),
      level: levelOf(finding.severity),
      message: { text: textOf(finding) },
      ...placeOf(finding, root),
      partialFingerprints: { 'dbkit/v1': finding.key },
      ...suppressionOf(finding),
    })),
  };
  const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
  return `${JSON.stringify({ $schema: schema, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}

function levelOf(severity: FindingSeverity): 'error' | 'warning' | 'note' {
  return severity === 'notice' ? 'note' : severity;
}

function indexOf(ruleIndex: number): { ruleIndex?: number } {
  return ruleIndex === -1 ? {} : { ruleIndex };
}

function textOf({ message, evidence, fix }: Finding): string {
  return [message, ...evidence, ...(fix === null ? [] : [`Instead:\n${fix}`])].join('\n');
}

function placeOf({ location }: Finding, root: string): object {
  if (location === null) return {};
  const path = pathFrom(root, location.file);
  // Below the root a reference that holds on every machine; else the file of this one.
  const uri =
    path === location.file ? pathToFileURL(location.file).href : path.split('/').map(encodeURIComponent).join('/');
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
