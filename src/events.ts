/** What a verb tells while it works. A view of it (spinner, lines in a log) is the caller's affair. */
export interface ProgressEvent {
  /** `start` and `end` frame a step; `wait` repeats while something blocks; `note` and `warn` stand alone. */
  readonly kind: 'start' | 'end' | 'wait' | 'note' | 'warn';
  /** One line for a person, without a trailing dot. */
  readonly text: string;
  /** Of `end`: how long the step took, in milliseconds. */
  readonly durationMs?: number;
}

export type OnEvent = (event: ProgressEvent) => void;
