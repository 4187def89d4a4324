import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allVerbs } from '../../docs/generate/cli-reference.ts';
import { docs, generatedFiles } from '../../docs/generate/files.ts';
import { resultTypes } from '../../docs/generate/json-schemas.ts';
import { verbName } from '../../src/cli/program.ts';

it('what is generated in docs is up to date; if not: npm run docs', () => {
  const stale = [...generatedFiles()].filter(([name, text]) => {
    const path = join(docs, name);
    return !existsSync(path) || readFileSync(path, 'utf8') !== text;
  });
  expect(stale.map(([name]) => name)).toEqual([]);
  // The schemas are made from all types of the sources.
}, 240_000);

it('every verb of the program has a schema, and every schema a verb', () => {
  expect(Object.keys(resultTypes).sort()).toEqual(allVerbs().map(verbName).sort());
});
