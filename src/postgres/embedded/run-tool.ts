/** Runs one of PostgreSQL's programs to its end, as the server's user and with an environment of its own. */
import { execFile } from 'node:child_process';
import type { ServerUser } from './server-user.ts';
import { identityOf } from './server-user.ts';

export interface ToolResult {
  /** Exit status, or null when the program was killed or could not be started. */
  readonly status: number | null;
  /** Error code of the start itself: ENOENT, EACCES. */
  readonly spawnError: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly user: ServerUser | null;
  readonly signal?: AbortSignal | undefined;
}

/** What a server inherits: a foreign LANG, PGDATA, PGPORT or PATH of the person must not reach it. */
export const serverEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const satisfies NodeJS.ProcessEnv;

/** Never rejects, except with the reason of an aborted `signal`. */
export async function runTool(file: string, args: readonly string[], options: ToolOptions): Promise<ToolResult> {
  options.signal?.throwIfAborted();
  const result = await new Promise<ToolResult>((resolve) => {
    const child = execFile(
      file,
      args,
      // cwd: the person's own folder may be closed to the server's user.
      { cwd: '/', env: serverEnvironment, maxBuffer: 16 << 20, ...identityOf(options.user) },
      (error, stdout, stderr) => {
        const code = (error as { code?: number | string } | null)?.code ?? null;
        resolve({
          status: error === null ? 0 : typeof code === 'number' ? code : null,
          spawnError: typeof code === 'string' ? code : null,
          stdout,
          stderr,
        });
      },
    );
    const abort = (): void => void child.kill('SIGINT');
    options.signal?.addEventListener('abort', abort, { once: true });
    child.once('close', () => options.signal?.removeEventListener('abort', abort));
  });
  options.signal?.throwIfAborted();
  return result;
}
