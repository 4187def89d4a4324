/**
 * A command that uses the embedded server of a project, as a process of its own:
 *   node embedded-holder.ts <project root> <platform> <milliseconds to hold, or `eof`: until its input ends>
 * Prints one JSON document a line: what it got, then that it gave it back.
 */
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Platform } from '../../src/config/schema.ts';
import { DbkitError } from '../../src/errors.ts';
import { acquireEmbeddedServer } from '../../src/postgres/embedded/acquire.ts';
import { readPidFile } from '../../src/postgres/embedded/pid-file.ts';
import { withSession } from '../harness/sessions.ts';

const [projectRoot = '', platform = 'postgres', hold = '0'] = process.argv.slice(2);
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

try {
  const server = await acquireEmbeddedServer({
    projectRoot,
    major: 18,
    platform: platform as Platform,
    onEvent: () => {},
    signal: new AbortController().signal,
  });
  const postmaster = readPidFile(server.dataDirectory)?.pid;
  const one = await withSession(server.settings('postgres'), (session) => session.query('select 1 as one'));
  say({ dataDirectory: server.dataDirectory, postmaster, rows: one.rows });
  await (hold === 'eof' ? text(process.stdin) : sleep(Number(hold)));
  const again = await withSession(server.settings('postgres'), (session) => session.query('select 2 as two'));
  await server.release();
  say({ released: true, rows: again.rows });
} catch (error) {
  say({
    failed: (error as Error).message,
    code: error instanceof DbkitError ? error.code : null,
    details: (error as DbkitError).details,
    hint: (error as DbkitError).hint,
    stack: (error as Error).stack,
  });
  process.exitCode = 2;
}
