/** The registry of lint rules against its folder, its page and the tables of other linters. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { otherLinters } from '../../docs/generate/other-linters.ts';
import { rules } from '../../src/migrate/lint/rules/index.ts';

const names = rules.map(({ name }) => name);

test('every file of the folder is a rule of its name, and the other way round', () => {
  const files = readdirSync(join(import.meta.dirname, '../../src/migrate/lint/rules'));
  expect(names).toEqual(
    files
      .filter((file) => file !== 'index.ts')
      .map((file) => file.replace(/\.ts$/, ''))
      .sort(),
  );
});

test('summary and explanation are sentences, and no rule says the same twice', () => {
  for (const { name, summary, explanation } of rules) {
    expect(summary, name).toMatch(/^\p{Lu}.*\.$/u);
    expect(summary, name).not.toContain('\n');
    expect(explanation.trim(), name).toMatch(/^[\p{Lu}\p{Ll}`].*[.`]$/su);
    expect(explanation, name).not.toContain(summary);
  }
});

test('each rule of another linter is one of ours, or there is a reason', () => {
  const count = (linter: string) => otherLinters.find(({ name }) => name === linter)?.rows.length;
  // 38 and an alias; 20 and a best practice.
  expect([count('squawk'), count('strong_migrations'), count('Atlas')]).toEqual([39, 21, 27]);
  for (const { name, rows } of otherLinters) {
    expect(new Set(rows.map(({ theirs }) => theirs)).size, name).toBe(rows.length);
    for (const { theirs, ours, why } of rows) {
      expect(ours.length > 0 || why !== undefined, `${name}: ${theirs}`).toBe(true);
      for (const rule of ours) expect(names, `${name}: ${theirs}`).toContain(rule);
    }
  }
});
