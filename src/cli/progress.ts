/** Events as a person sees them on stderr: a spinner on a terminal, lines elsewhere, nothing with --json or --quiet. */
import type { ProgressEvent } from '../events.ts';
import type { Io, OutputFlags } from './io.ts';
import { hasColor, styleFor } from './io.ts';

export interface Progress {
  readonly onEvent: (event: ProgressEvent) => void;
  /** Ends the spinner; nothing is drawn after. Awaited before results and errors are printed. */
  close(): Promise<void>;
}

export function createProgress(io: Io, flags: OutputFlags): Progress {
  if (flags.json || flags.quiet) return { onEvent: () => {}, close: async () => {} };
  const style = styleFor(hasColor(io.stderr, io.env, flags.color));
  const line = (text: string) => void io.stderr.write(`${text}\n`);
  const spinner = io.stderr.isTTY === true && io.env.CI === undefined ? createSpinner(io) : null;
  const above = (text: string) => (spinner === null ? line(text) : spinner.above(() => line(text)));
  return {
    onEvent(event) {
      switch (event.kind) {
        case 'start':
          if (spinner !== null) spinner.show(event.text);
          else if (flags.verbose) line(style.dim(`  ${event.text}`));
          break;
        case 'end':
          spinner?.hide();
          line(
            `${style.good('✓')} ${event.text}${event.durationMs === undefined ? '' : style.dim(`  ${formatDuration(event.durationMs)}`)}`,
          );
          break;
        case 'wait':
          if (spinner !== null) spinner.show(event.text);
          else line(style.warn(`… ${event.text}`));
          break;
        case 'note':
          above(style.dim(event.text));
          break;
        case 'warn':
          above(`${style.warn('!')} ${event.text}`);
          break;
        default: {
          const never: never = event.kind;
          throw new Error(`not handled: ${String(never)}`);
        }
      }
    },
    async close() {
      await spinner?.close();
    },
  };
}

/** ora, loaded when the first thing spins. It must not take the keyboard, and never owns the last line. */
function createSpinner(io: Io) {
  let text: string | null = null;
  let ora: import('ora').Ora | null = null;
  let closed = false;
  const ready = import('ora').then(({ default: create }) => {
    if (closed) return;
    ora = create({ stream: io.stderr, discardStdin: false, hideCursor: false });
    if (text !== null) ora.start(text);
  });
  return {
    show(now: string) {
      text = now;
      if (ora === null) return;
      ora.text = now;
      if (!ora.isSpinning) ora.start();
    },
    hide() {
      text = null;
      ora?.stop();
    },
    above(print: () => void) {
      const spinning = ora?.isSpinning === true;
      ora?.stop();
      print();
      if (spinning && text !== null) ora?.start(text);
    },
    async close() {
      closed = true;
      ora?.stop();
      await ready.catch(() => {});
      ora?.stop();
    },
  };
}

/** `3 ms`, `1.4 s`, `2 min 5 s`. */
function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}
