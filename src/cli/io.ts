/** The streams and the surroundings of one run, and what each stream can show. */
import type { Style } from '../command.ts';

export interface Io {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  cwd(): string;
  exit(code: number): never;
  on(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP', listener: () => void): unknown;
}

/** Flags about output that every verb has. */
export interface OutputFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Undefined: not said. */
  readonly color: boolean | undefined;
}

/** Flag, then NO_COLOR, then FORCE_COLOR, then the terminal. */
function hasColor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv, flag: boolean | undefined): boolean {
  if (flag !== undefined) return flag;
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined) return !['', '0', 'false'].includes(env.FORCE_COLOR);
  return stream.isTTY === true && env.TERM !== 'dumb';
}

const plain = (text: string) => text;
const noColors: Style = { bold: plain, dim: plain, good: plain, bad: plain, warn: plain };

/** What a stream shows, by the flags and the environment of this run. */
export async function styleFor(stream: NodeJS.WriteStream, io: Io, { color }: OutputFlags): Promise<Style> {
  return hasColor(stream, io.env, color) ? (await import('./colors.ts')).colors : noColors;
}
