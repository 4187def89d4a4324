import { expect, test } from 'vitest';
import { cellKey, drawOf } from '../draw.ts';
import { matching, parseRegularExpression } from './regular-expression.ts';

const draw = drawOf(cellKey('seed', 'table', 'column'), 0, 0);

test.each([
  ['^[A-Z]{3}-\\d{4}$', /^[A-Z]{3}-\d{4}$/],
  ['^(foo|ba[rz])+$', /^(foo|ba[rz])+$/],
  ['^[a-z][a-z0-9_]{0,49}$', /^[a-z][a-z0-9_]{0,49}$/],
  ['^[[:alpha:]_][[:alnum:]_]*$', /^[A-Za-z_][A-Za-z0-9_]*$/],
  ['^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$', /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/],
  ['^a.c$', /^a.c$/],
  ['^[]a-]+$', /^[\]a-]+$/],
  ['^(?:x|)y??$', /^(?:x|)y?$/],
  ['^\\$\\(\\)\\{\\}$', /^\$\(\)\{\}$/],
])('%s', (source, expected) => {
  const node = parseRegularExpression(source);
  expect(node).not.toBeNull();
  for (let turn = 0; turn < 50 && node !== null; turn += 1) expect(matching(node, draw, turn % 10)).toMatch(expected);
});

test.each(['^(?=.*[0-9]).*$', '^(a)\\1$', '^[[=a=]]$', '(', '[a', 'a{x}'])('%s is not known here', (source) => {
  expect(parseRegularExpression(source)).toBeNull();
});
