/** A process that owns a throw-away server: says its folder and pids, then waits to be ended. `exit`: ends by itself. */
import { text } from 'node:stream/consumers';
import { readPidFile } from '../../src/postgres/embedded/pid-file.ts';
import { startThrowawayServer } from '../../src/postgres/embedded/throwaway.ts';

const server = await startThrowawayServer({
  major: 18,
  platform: 'postgres',
  onEvent: () => {},
  signal: new AbortController().signal,
});
process.stdout.write(
  `${JSON.stringify({ directory: server.directory, postmaster: readPidFile(server.dataDirectory)?.pid })}\n`,
);
if (process.argv[2] !== 'exit') await text(process.stdin);
