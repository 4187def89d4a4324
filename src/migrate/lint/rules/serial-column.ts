import { newColumnsOf } from '../facts/column-types.ts';
import type { LintRule } from '../rule.ts';

export const serialColumn: LintRule = {
  name: 'serial-column',
  severity: 'notice',
  summary: 'A new column is serial: its sequence has grants, an owner and a default of its own.',
  explanation: `An identity column (\`bigint generated always as identity\`) needs no grant on its sequence, keeps it with the table and is
what the SQL standard knows.`,
  check: (migration) =>
    newColumnsOf(migration, {
      of: (column, { up }) =>
        column.identity === null &&
        column.default?.startsWith('nextval(') === true &&
        up.after.sequences.some(
          ({ id, ownedBy }) =>
            ownedBy !== null &&
            column.default?.includes(id) === true &&
            !up.before.sequences.some((was) => was.id === id),
        ) &&
        !up.before.relations.some(({ id }) => id === column.relation),
      message: ({ name }) => `${name} takes its values from a sequence beside the table`,
      better: null,
    }),
};
