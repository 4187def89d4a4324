import type { Routine } from '../../../catalog/model.ts';
import { quoteLiteral } from '../../../postgres/quote.ts';
import { foundAt, statementNaming } from '../facts/found.ts';
import { routineName, touchedRoutines } from '../facts/routines.ts';
import type { LintRule } from '../rule.ts';

export const routineSettingsLost: LintRule = {
  name: 'routine-settings-lost',
  severity: 'warning',
  summary: 'A replaced function loses its SECURITY DEFINER, a SET, LEAKPROOF or STRICT that it had.',
  explanation: `CREATE OR REPLACE FUNCTION takes over the grants, but not the settings: what the new text does not name goes back to the
default. Name it again; or say that it is meant: \`-- dbkit:allow routine-settings-lost: <why>\`.`,
  check: ({ up }) =>
    touchedRoutines(up).flatMap(({ routine, was }) => {
      const lost = was === null ? [] : lostSettings(was, routine);
      if (lost.length === 0) return [];
      return [
        foundAt(up, statementNaming(up, routine), {
          object: routine.id,
          message: `${routine.id} loses ${lost.map(({ words }) => words).join(', ')}`,
          patch: lost.map(({ sql }) => `alter ${routineName(routine)} ${sql};`).join('\n'),
        }),
      ];
    }),
};

function lostSettings(was: Routine, is: Routine): readonly { readonly words: string; readonly sql: string }[] {
  const kept = new Set(is.settings.map(nameOf));
  return [
    ...(was.securityDefiner && !is.securityDefiner ? [{ words: 'SECURITY DEFINER', sql: 'security definer' }] : []),
    ...(was.strict && !is.strict ? [{ words: 'STRICT', sql: 'strict' }] : []),
    ...(was.leakproof && !is.leakproof ? [{ words: 'LEAKPROOF', sql: 'leakproof' }] : []),
    ...was.settings
      .filter((setting) => !kept.has(nameOf(setting)))
      .map((setting) => ({
        words: `SET ${setting}`,
        sql: `set ${nameOf(setting)} = ${settingValue(setting)}`,
      })),
  ];
}

function nameOf(setting: string): string {
  return setting.slice(0, setting.indexOf('='));
}

/** Of search_path a list of names, as the server stores it; of others one value. */
function settingValue(setting: string): string {
  const value = setting.slice(nameOf(setting).length + 1);
  if (nameOf(setting) === 'search_path' && value !== '') return value;
  return quoteLiteral(value);
}
