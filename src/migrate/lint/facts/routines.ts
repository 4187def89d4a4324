/** Functions and procedures that a migration made or changed. */
import type { Routine } from '../../../catalog/model.ts';
import type { RecordedRun } from '../recording.ts';

export interface TouchedRoutine {
  readonly routine: Routine;
  readonly was: Routine | null;
}

export function touchedRoutines({ before, after }: RecordedRun): readonly TouchedRoutine[] {
  const old = new Map(before.routines.map((routine) => [routine.id, routine]));
  return after.routines.flatMap((routine) => {
    const was = old.get(routine.id) ?? null;
    return was !== null && JSON.stringify(was) === JSON.stringify(routine) ? [] : [{ routine, was }];
  });
}

export function hasSearchPath({ settings }: Routine): boolean {
  return settings.some((setting) => setting.startsWith('search_path='));
}

/** `function public.total(uuid)`, as ALTER takes it. */
export function routineName({ kind, id }: Routine): string {
  return `${kind === 'procedure' ? 'procedure' : 'function'} ${id}`;
}
