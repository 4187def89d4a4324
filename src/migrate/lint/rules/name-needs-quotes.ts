import { foundAt, statementNaming } from '../facts/found.ts';
import { newColumns } from '../facts/lost.ts';
import type { LintRule } from '../rule.ts';

export const nameNeedsQuotes: LintRule = {
  name: 'name-needs-quotes',
  severity: 'notice',
  optIn: true,
  summary: 'A new schema, table, column, index or constraint is not in lower case, digits and underscores.',
  explanation:
    'Who forgets the quotes once gets "relation does not exist". One style for all names: orders, order_items, orders_total_idx.',
  check: ({ up: run }) => {
    const { before, after } = run;
    const fresh = <T extends { readonly name: string }>(
      was: readonly T[],
      is: readonly T[],
      id: (one: T) => string,
    ) => {
      const known = new Set(was.map(id));
      return is.filter((one) => !known.has(id(one))).map((one) => ({ name: one.name, id: id(one) }));
    };
    return [
      ...fresh(before.schemas, after.schemas, ({ name }) => `schema ${name}`),
      ...fresh(before.relations, after.relations, ({ id }) => id),
      ...newColumns(run).map(({ name, relation }) => ({ name, id: `${relation}.${name}` })),
      ...fresh(before.indexes, after.indexes, ({ id }) => id),
      ...fresh(
        before.constraints,
        after.constraints.filter(({ kind }) => kind !== 'not null'),
        ({ name, parent }) => `${name} of ${parent}`,
      ),
    ]
      .filter(({ name }) => !/^[a-z_][a-z0-9_]*$/.test(name))
      .map(({ name, id }) =>
        foundAt(run, statementNaming(run, name), { object: id, message: `"${name}" needs quotes wherever it is used` }),
      );
  },
};
