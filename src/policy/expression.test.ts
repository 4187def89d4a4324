import { expect, test } from 'vitest';
import { loadParser } from '../postgres/parse-sql.ts';
import { isAlwaysTrue, partsOf, readExpression, sameTree } from './expression.ts';

await loadParser();

const isTrue = (text: string) => isAlwaysTrue(readExpression(text).tree);

test.each([
  'true',
  '(1 = 1)',
  '(NOT false)',
  '((owner_id = auth.uid()) OR true)',
  '((true IS TRUE) AND (1 < 2))',
  '(id = id)',
  '(orders.id >= orders.id)',
  'COALESCE(true, false)',
  'COALESCE(NULL::boolean, true)',
  "'t'::boolean",
  '((note IS NULL) OR (note IS NOT NULL))',
  '(1 IS NOT NULL)',
  '( SELECT true AS bool)',
  'EXISTS ( SELECT 1)',
  'CASE WHEN (id > 5) THEN true ELSE true END',
  "('a'::text = 'a'::text)",
  '(NOT (1 IS DISTINCT FROM 1))',
  '(false IS NOT TRUE)',
])('%s holds for every row', (text) => {
  expect(isTrue(text)).toBe(true);
});

test.each([
  'false',
  'NULL::boolean',
  '(id = owner_id)',
  '((owner_id = auth.uid()) AND true)',
  '(random() = random())',
  '(id <> id)',
  'COALESCE(is_public, true)',
  '(NOT is_private)',
  'EXISTS ( SELECT 1 FROM public.members)',
  'EXISTS ( SELECT 1 WHERE (orders.id = 1))',
  'CASE WHEN (id > 5) THEN true ELSE false END',
  'CASE WHEN (id > 5) THEN true END',
  '((a IS NULL) OR (b IS NOT NULL))',
  "('1'::numeric = '1.0'::numeric)",
  '(1 = 2)',
  'is_public',
  "(role = ANY (ARRAY['a'::text, 'b'::text]))",
])('%s does not', (text) => {
  expect(isTrue(text)).toBe(false);
});

test('what an expression speaks of', () => {
  const expression = readExpression(
    `((owner_id = ( SELECT auth.uid() AS uid)) OR (EXISTS ( SELECT 1 FROM public.members m WHERE ((m.org = orders.org) AND (m.who = auth.uid())))))`,
  );
  expect(expression.columns).toEqual(['owner_id', 'm.org', 'orders.org', 'm.who']);
  expect(expression.functions).toEqual([
    { name: 'auth.uid', oncePerStatement: true },
    { name: 'auth.uid', oncePerStatement: false },
  ]);
  expect(expression.relations).toEqual(['public.members']);
  expect(readExpression(`(owner = CURRENT_USER)`).functions).toEqual([
    { name: 'current_user', oncePerStatement: false },
  ]);
});

test('the parts of a disjunction, and the same part elsewhere in the text', () => {
  const narrow = readExpression('(owner_id = 1)').tree;
  const parts = partsOf(readExpression('((a OR (owner_id = 1)) OR b)').tree, 'or');
  expect(parts).toHaveLength(3);
  expect(parts.filter((part) => sameTree(part, narrow))).toHaveLength(1);
  expect(partsOf(narrow, 'and')).toEqual([narrow]);
});
