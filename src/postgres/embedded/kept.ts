/** The mark of a server that `dbkit db start` started: the last command leaves it running. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPidFile } from './pid-file.ts';

const fileName = 'dbkit.kept';

/** Names the very server that runs now, so that the mark means nothing after a crash or a boot. */
function present(dataDirectory: string): string | null {
  const server = readPidFile(dataDirectory);
  return server === null ? null : `${server.pid} ${server.startedAt}\n`;
}

export function keep(dataDirectory: string): void {
  const server = present(dataDirectory);
  if (server !== null) writeFileSync(join(dataDirectory, fileName), server);
}

export function unkeep(dataDirectory: string): void {
  rmSync(join(dataDirectory, fileName), { force: true });
}

export function isKept(dataDirectory: string): boolean {
  try {
    return readFileSync(join(dataDirectory, fileName), 'utf8') === present(dataDirectory);
  } catch {
    return false;
  }
}
