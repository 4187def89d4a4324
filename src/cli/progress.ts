/** Events as a person sees them on stderr: a spinner on a terminal, lines elsewhere; warnings only with --quiet, nothing with --json. */
import type { ProgressEvent } from '../events.ts';
import type { Io, OutputFlags } from './io.ts';
import { styleFor } from './io.ts';

export interface Progress {
  readonly onEvent: (event: ProgressEvent) => void;
  /** Ends the spinner; nothing is drawn after. Awaited before results and errors are printed. */
  close(): Promise<void>;
}

export async function createProgress(io: Io, flags: OutputFlags): Promise<Progress> {
  if (flags.json) return { onEvent: () => {}, close: async () => {} };
  const style = await styleFor(io.stderr, io, flags);
  const line = (text: string) => void io.stderr.write(`${text}\n`);
  const warn = (text: string) => line(`${style.warn('!')} ${text}`);
  if (flags.quiet) {
    return { onEvent: ({ kind, text }) => (kind === 'warn' ? warn(text) : undefined), close: async () => {} };
  }
  const spinner = canSpin(io) ? createSpinner(io) : null;
  const above = (print: () => void) => (spinner === null ? print() : spinner.above(print));
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
          above(() => line(style.dim(event.text)));
          break;
        case 'warn':
          above(() => warn(event.text));
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

/** ora never comes back from clearing a line in a terminal without columns, as some programs give one. */
function canSpin({ stderr, env }: Io): boolean {
  return stderr.isTTY === true && stderr.columns > 0 && env.TERM !== 'dumb' && env.CI === undefined;
}

/** ora, loaded when the first thing spins. It must not take the keyboard, and never owns the last line. */
function createSpinner(io: Io) {
  let text: string | null = null;
  let ora: import('ora').Ora | null = null;
  let closed = false;
  let loading: Promise<void> | null = null;
  const load = async () => {
    const { default: create } = await import('ora');
    ora = create({ stream: io.stderr, discardStdin: false, hideCursor: false });
    draw();
  };
  const draw = () => {
    if (ora === null || closed) return;
    if (text === null) ora.stop();
    else if (ora.isSpinning) ora.text = text;
    else ora.start(text);
  };
  return {
    show(now: string) {
      text = now;
      loading ??= load().catch(() => {});
      draw();
    },
    hide() {
      text = null;
      draw();
    },
    above(print: () => void) {
      ora?.stop();
      print();
      draw();
    },
    async close() {
      closed = true;
      ora?.stop();
      await loading;
    },
  };
}

/** `3 ms`, `1.4 s`, `2 min 5 s`. */
function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}
