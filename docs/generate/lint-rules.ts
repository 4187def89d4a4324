/** docs/lint-rules.md: every rule as the registry has it, and what the rules of other linters are here. */
import type { LintRule, Severity } from '../../src/migrate/lint/rule.ts';
import { rules } from '../../src/migrate/lint/rules/index.ts';
import type { OtherLinter } from './other-linters.ts';
import { otherLinters } from './other-linters.ts';

export function lintRules(): string {
  const count = (severity: Severity) => rules.filter((rule) => rule.severity === severity && !rule.optIn).length;
  const optIn = rules.filter((rule) => rule.optIn).length;
  return `# Rules of dbkit migrate lint

<!-- written by \`npm run docs\` from src/migrate/lint/rules -->

${rules.length} rules: ${count('error')} errors, ${count('warning')} warnings, ${count('notice')} notices, ${optIn} that are off until \`lint.rules\` turns them on.
They judge what a migration did on a scratch database, SQL and TypeScript alike; a table that the same migration makes
is nobody's yet, so that no lock on it counts. Errors and warnings make \`dbkit migrate lint\` exit 1, notices do not.

With the sizes of production (\`--stats\`), rules about locks are quiet for tables of fewer than 1,000 rows.

- [Rules](#rules), in the order of their names
${otherLinters.map(({ name }) => `- [${name} here](#${anchor(name)}-here)`).join('\n')}

## Rules

| rule | severity | finds |
|---|---|---|
${rules.map((rule) => `| [${rule.name}](#${rule.name}) | ${severityOf(rule)} | ${rule.summary} |`).join('\n')}

${rules.map(section).join('\n')}
${otherLinters.map(table).join('\n')}`;
}

function severityOf(rule: LintRule): string {
  return rule.optIn ? `${rule.severity}, opt-in` : rule.severity;
}

function section(rule: LintRule): string {
  return `### ${rule.name}

${severityOf(rule)} · ${rule.summary}

${rule.explanation}
`;
}

function table({ name, about, rows }: OtherLinter): string {
  const links = (names: readonly string[]) => names.map((rule) => `[${rule}](#${rule})`).join(', ');
  return `## ${name} here

${about}

| ${name} | here |
|---|---|
${rows.map(({ theirs, ours, why }) => `| ${theirs} | ${[links(ours), why].filter(Boolean).join(': ')} |`).join('\n')}
`;
}

function anchor(name: string): string {
  return name.toLowerCase();
}
