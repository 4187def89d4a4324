import type { Routine } from '../../../catalog/model.ts';
import { clientPrivileges } from '../facts/access.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { sqlName } from '../facts/patch.ts';
import { routineName, touchedRoutines } from '../facts/routines.ts';
import type { RecordedRun } from '../recording.ts';
import type { LintContext, LintRule } from '../rule.ts';

export const definerCallableByClients: LintRule = {
  name: 'definer-callable-by-clients',
  severity: 'warning',
  summary: 'Clients may call a SECURITY DEFINER function of a served schema: it runs past the policies.',
  explanation: `EXECUTE goes to everybody when a function is made. If clients are meant to call it, what it checks is all that protects the
rows: say so, \`-- dbkit:allow definer-callable-by-clients: <why>\`. Otherwise revoke, or keep it in a schema that is
not served. Functions of triggers can not be called.`,
  check: ({ up }, context) =>
    touchedRoutines(up)
      .filter(
        ({ routine, was }) =>
          isCallable(routine, up.after, context) && (was === null || !isCallable(was, up.before, context)),
      )
      .map(({ routine }) =>
        foundAt(up, statementNaming(up, routine), {
          object: routine.id,
          message: `clients may call ${routine.id}, which runs as ${routine.owner}`,
          patch: `revoke execute on ${routineName(routine)} from ${['public', ...context.clientRoles.map(sqlName)].join(', ')};`,
        }),
      ),
};

function isCallable(routine: Routine, catalog: RecordedRun['after'], context: LintContext): boolean {
  if (!routine.securityDefiner || routine.extension !== null) return false;
  if (routine.result === 'trigger' || routine.result === 'event_trigger') return false;
  if (!context.exposedSchemas.includes(routine.schema)) return false;
  return clientPrivileges(routine.grants, catalog, context).has('EXECUTE');
}
