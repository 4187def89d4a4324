/** All that is generated in docs: path below docs → text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderGuardTable } from '../../src/postgres/guard.ts';
import { cliReference } from './cli-reference.ts';
import { jsonSchemas } from './json-schemas.ts';
import { lintRules } from './lint-rules.ts';

export const docs = join(import.meta.dirname, '..');

export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['cli.md', cliReference()],
    ['lint-rules.md', lintRules()],
    ['targets.md', withGuardTable(readFileSync(join(docs, 'targets.md'), 'utf8'))],
  ]);
  for (const [name, text] of jsonSchemas()) files.set(join('json', name), text);
  return files;
}

const begin = '<!-- guard table: written by `npm run docs` -->';
const end = '<!-- end of guard table -->';

function withGuardTable(page: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error('docs/targets.md lost the marks of its guard table');
  return `${before}${begin}\n\n${renderGuardTable('markdown')}\n\n${end}${after}`;
}
