/** What `dbkit doctor` reports; the `result` of its JSON document. */
import type { TargetDescription } from '../postgres/target.ts';

export interface DoctorCheck {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly message: string;
  /** What to type, where something is to be done. */
  readonly hint: string | null;
}

export interface DoctorReport {
  /** Null when it can not be chosen or reached; a check says why. */
  readonly target: TargetDescription | null;
  readonly checks: readonly DoctorCheck[];
}
