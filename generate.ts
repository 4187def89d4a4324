/** Writes what is generated in docs; `node generate.ts --check` only says what is not up to date. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { docs, generatedFiles } from './docs/generate/files.ts';

const check = process.argv.includes('--check');
for (const [name, text] of generatedFiles()) {
  const path = join(docs, name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  console.log(`${check ? 'not up to date' : 'wrote'}: docs/${name}`);
  if (check) process.exitCode = 1;
  else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
