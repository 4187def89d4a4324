import { foundAt, statementNaming } from '../facts/found.ts';
import { hasSearchPath, routineName, touchedRoutines } from '../facts/routines.ts';
import type { LintRule } from '../rule.ts';

export const definerWithoutSearchPath: LintRule = {
  name: 'definer-without-search-path',
  severity: 'error',
  summary: "A SECURITY DEFINER function takes its names from the caller's search_path.",
  explanation: `The caller puts a schema of its own in front, with a table or an operator of the right name, and has it used with the
rights of the owner. Pin it: \`set search_path = ''\`, and write names with their schema.`,
  check: ({ up }) =>
    touchedRoutines(up)
      .filter(({ routine }) => routine.securityDefiner && routine.extension === null && !hasSearchPath(routine))
      .filter(({ was }) => was === null || !was.securityDefiner || hasSearchPath(was) || was.body === '')
      .map(({ routine }) =>
        foundAt(up, statementNaming(up, routine), {
          object: routine.id,
          message: `${routine.id} runs as ${routine.owner}, with names from the caller's search_path`,
          patch: `alter ${routineName(routine)} set search_path = '';`,
        }),
      ),
};
