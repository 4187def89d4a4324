import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/dbkit.js', import.meta.url));
const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface CliResult {
  /** Exit status, or null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Added to the clean environment, which holds PATH and HOME only. */
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the repository. */
  readonly cwd?: string;
  readonly input?: string;
}

/** The command line while it runs: for tests that interrupt or kill it. */
export interface RunningCli {
  readonly pid: number;
  readonly result: Promise<CliResult>;
  /** Settles once standard error holds `text`; rejects when the command ends before. */
  untilStderr(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs `bin/dbkit.js` to its end. Never rejects for an exit status. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).result;
}

export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: options.cwd ?? repository,
    env: cleanEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const result = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return {
    pid: child.pid ?? 0,
    result,
    untilStderr: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!stderr.includes(text)) return;
          child.stderr.off('data', look);
          resolve();
        };
        child.stderr.on('data', look);
        child.once('close', () => reject(new Error(`ended without saying "${text}" on standard error:\n${stderr}`)));
        look();
      }),
    kill: (signal) => void child.kill(signal),
  };
}

function cleanEnvironment(added: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...added };
}
