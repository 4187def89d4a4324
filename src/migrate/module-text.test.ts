import { describe, expect, it } from 'vitest';
import { blankModuleSecrets, normalizeModule } from './module-text.ts';

describe('normalizeModule', () => {
  it.each([
    ['quotes and semicolons', `const a = "b";`, `const a = 'b'`],
    ['trailing commas and line breaks', 'call(a,\n  b,\n);', 'call(a, b)'],
    ['comments', '// why\nrun(); /* so */', 'run()'],
    ['line ends, also in templates', 'sql`a\r\nb`\r\n', 'sql`a\nb`'],
  ])('takes no notice of %s', (_what, one, other) => {
    expect(normalizeModule(one)).toBe(normalizeModule(other));
  });

  it.each([
    ['a string', `a('b')`, `a('c')`],
    ['white space in a template', 'sql`a b`', 'sql`a  b`'],
    ['what follows two slashes in a regular expression', 's.replace(/a\\//, b)', 's.replace(/a\\//, c)'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text under test
    ['what follows slashes in a nested template', 'a(`${sql`//`}`, 1)', 'a(`${sql`//`}`, 2)'],
    ['what looks like a comment in a string', `a('// b')`, `a('// c')`],
  ])('takes notice of %s', (_what, one, other) => {
    expect(normalizeModule(one)).not.toBe(normalizeModule(other));
  });
});

it.each([
  ["values({ password: 'hunter2', name: 'ann' })", "values({ password: '*******', name: 'ann' })"],
  ['const apiKey = "k"', 'const apiKey = "*"'],
  ["sql`alter role r password 'hunter2'`", "sql`alter role r password '*******'`"],
  ["// don't\nsql`select 'a'`", "// don't\nsql`select 'a'`"],
])('blanks secrets: %s', (text, expected) => {
  expect(blankModuleSecrets(text)).toBe(expected);
});
