/** A process that owns a throw-away server: says its folder, then waits to be ended. `exit`: ends by itself. */
import { text } from 'node:stream/consumers';
import { startThrowawayServer } from '../../src/postgres/embedded/throwaway.ts';

const server = await startThrowawayServer({
  major: 18,
  platform: 'postgres',
  onEvent: () => {},
  signal: new AbortController().signal,
});
process.stdout.write(`${JSON.stringify({ directory: server.directory })}\n`);
if (process.argv[2] !== 'exit') await text(process.stdin);
