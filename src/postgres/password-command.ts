/** The configured program whose standard output is the password: for tokens that live a few minutes. */
import { DbkitError } from '../errors.ts';

const timeLimitMs = 30_000;

export interface PasswordCommandOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
}

/**
 * Runs program and arguments without a shell; returns its standard output without the last line break.
 * Throws PASSWORD_COMMAND_FAILED. What the program wrote to standard output never shows, also not where it was
 * repeated on standard error.
 */
export async function runPasswordCommand(argv: readonly string[], options: PasswordCommandOptions): Promise<string> {
  const [program, ...args] = argv;
  if (program === undefined) throw failed('', 'it is empty', 'passwordCommand is a list: program, then arguments');
  // Asked for here: loading it costs every command a tenth of an empty Node.
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(program, args, { env: { ...options.env }, stdio: ['ignore', 'pipe', 'pipe'], shell: false });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const end = await new Promise<{ code: number | null; why: string | null }>((resolve) => {
    const limit = options.timeoutMs ?? timeLimitMs;
    // A program that ignores SIGTERM, or leaves a child that holds the pipe, must not hold us.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ code: null, why: `no answer after ${limit / 1000} s` });
    }, limit);
    const settle = (code: number | null, why: string | null) => {
      clearTimeout(timer);
      resolve({ code, why });
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      settle(null, error.code === 'ENOENT' ? 'no such program' : `it cannot be started (${error.code})`);
    });
    child.on('close', (code, signal) => settle(code, signal === null ? null : `ended by ${signal}`));
  });
  const password = Buffer.concat(output)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (end.why !== null || end.code !== 0) {
    throw failed(
      program,
      end.why ?? `exit status ${end.code}`,
      tellable(Buffer.concat(errors).toString('utf8'), password),
    );
  }
  if (password === '') throw failed(program, 'it printed nothing', 'the password is what it writes to standard output');
  return password;
}

/** Names the program only: its arguments may hold what is not for a log. */
function failed(program: string, why: string, hint: string): DbkitError {
  return new DbkitError('PASSWORD_COMMAND_FAILED', `passwordCommand ${program}: ${why}`, { hint });
}

/** The first line of standard error, unless any of it could be the password. */
function tellable(stderr: string, password: string): string {
  const line = stderr.trim().split('\n')[0]?.slice(0, 300) ?? '';
  const secrets = password.split(/\s+/).filter((part) => part !== '');
  if (line === '' || secrets.some((part) => stderr.includes(part))) return 'run the program by hand to see why';
  return `it said: ${line}`;
}
