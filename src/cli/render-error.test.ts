import { expect, it } from 'vitest';
import type { Style } from '../command.ts';
import { DbkitError } from '../errors.ts';
import { renderError } from './render-error.ts';

const same = (text: string) => text;
const plain: Style = { bold: same, dim: same, good: same, bad: same, warn: same };

it('keeps every line of the server’s detail below its beginning', () => {
  const error = new DbkitError('MIGRATION_FAILED', 'down of 02_wards failed', {
    sql: {
      sqlstate: '2BP01',
      detail: 'constraint beds_ward_fkey depends on table wards\nview free_beds depends on table wards',
      hint: null,
      where: null,
      statement: 'drop table wards',
      position: null,
    },
    details: ['02_wards was rolled back'],
    hint: 'mend its down',
  });
  expect(renderError(error, plain, '/', '1.0.0')).toBe(`error MIGRATION_FAILED down of 02_wards failed
  SQLSTATE 2BP01
  detail: constraint beds_ward_fkey depends on table wards
          view free_beds depends on table wards
  statement: drop table wards
  02_wards was rolled back
next: mend its down
`);
});
