/** What a migration failed with, as a finding. */
import type { FailedRun, RecordedMigration } from '../recording.ts';
import type { Found } from './found.ts';

export function failedAt({ failed }: RecordedMigration, step: FailedRun['step']): readonly Found[] {
  if (failed?.step !== step) return [];
  const { message, sqlstate, location } = failed;
  return [
    {
      direction: step === 'down' ? 'down' : 'up',
      statement: null,
      location,
      object: null,
      message: sqlstate === null ? message : `${message} (SQLSTATE ${sqlstate})`,
      patch: null,
    },
  ];
}
