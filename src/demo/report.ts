/** What `dbkit demo` shows; the `result` of its JSON document. */
export interface DemoStepReport {
  readonly title: string;
  /** What the step showed, in one line. */
  readonly shown: string;
  readonly durationMs: number;
}

export interface DemoReport {
  readonly steps: readonly DemoStepReport[];
  readonly durationMs: number;
}
