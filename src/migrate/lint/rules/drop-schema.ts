import { foundAt, statementNaming } from '../facts/found.ts';
import { renames } from '../facts/lost.ts';
import type { LintRule } from '../rule.ts';

export const dropSchema: LintRule = {
  name: 'drop-schema',
  severity: 'error',
  summary: 'A schema that was there before is dropped, with all that is in it.',
  explanation: `CASCADE takes tables with it that nobody reads the names of. Drop what is inside by name first, each with its
reason; an empty schema can then be dropped without CASCADE.`,
  check: ({ up }) => {
    const renamed = renames(up, 'OBJECT_SCHEMA').map(({ from }) => from);
    return up.before.schemas
      .filter(({ name }) => !up.after.schemas.some((schema) => schema.name === name) && !renamed.includes(name))
      .filter(({ name }) => up.before.relations.some(({ schema }) => schema === name))
      .map(({ name }) =>
        foundAt(up, statementNaming(up, name), {
          object: `schema ${name}`,
          message: `schema ${name} is dropped with ${up.before.relations.filter(({ schema }) => schema === name).length} relations`,
        }),
      );
  },
};
