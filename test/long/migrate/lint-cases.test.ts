/** Every finding, of every rule, in migrations as teams write them: all that is wrong, and nothing else. */
import { expect, test } from 'vitest';
import type { Finding } from '../../../src/findings/finding.ts';
import { judge } from '../../../src/migrate/lint/judge.ts';
import { rules } from '../../../src/migrate/lint/rules/index.ts';
import { recorded } from '../../migrate/lint/recorded.ts';
import { base, lintCases } from './lint-cases.ts';

const schemas = lintCases.map((_, number) => `c${number + 100}`);

test('what lint says of each', { timeout: 120_000 }, async () => {
  const files: Record<string, string> = {};
  for (const [number, { setup = '', up }] of lintCases.entries()) {
    const place = (sql: string) => sql.replaceAll('@', schemas[number] ?? '');
    files[`${number + 100}1_setup.up.sql`] = place(`${base}${setup}`);
    files[`${number + 100}2_case.up.sql`] = place(up);
  }
  const all = await recorded(files, (name) => (name.endsWith('case') ? 'up' : null), { platform: 'supabase' });
  expect(all).toHaveLength(lintCases.length);
  const { findings } = judge(all, {
    rules,
    levels: {},
    context: {
      exposedSchemas: schemas,
      clientRoles: ['anon', 'authenticated'],
      lockTimeoutMs: 3_000,
      statementTimeoutMs: 60_000,
      stats: null,
    },
    stats: null,
    allow: [],
    configFile: null,
    names: [],
    complete: false,
  });
  const told = lintCases.map(({ name }, number) => ({
    name,
    found: findings
      .filter(({ key }) => key.split(':')[1] === `${number + 100}2_case`)
      .map((finding) => inShort(finding, schemas[number] ?? ''))
      .sort(),
  }));
  expect(told).toEqual(lintCases.map(({ name, found }) => ({ name, found: [...found].sort() })));
});

function inShort({ rule, object }: Finding, schema: string): string {
  return `${rule} ${(object ?? '').replaceAll(`${schema}.`, '').replaceAll(schema, '@')}`.trim();
}
