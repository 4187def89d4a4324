import { expect, it } from 'vitest';
import type { Style } from '../command.ts';
import { renderPlan } from './render.ts';
import type { PlanReport } from './report.ts';

const plain = (text: string) => text;
const style = { bold: plain, dim: plain, good: plain, warn: plain, bad: plain } as Style;

it('prints a plan of statements as they were written, apart from the indentation around them', () => {
  const statements = ['select 1', '\n    create view v as\n      select 2\n\n    where true\n  ', 'select a,\n  b'];
  const report = {
    hash: 'abc',
    migrations: [
      {
        name: '01_a',
        direction: 'up',
        transactional: true,
        irreversible: null,
        lossy: null,
        incomplete: null,
        statements,
        recorded: null,
      },
    ],
    notes: [],
  } as unknown as PlanReport;
  expect(renderPlan(report, style).split('\n').slice(0, 8)).toEqual([
    'up 01_a',
    '    select 1;',
    '    create view v as',
    '      select 2',
    '',
    '    where true;',
    '    select a,',
    '      b;',
  ]);
});
