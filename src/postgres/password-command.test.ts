import { describe, expect, it } from 'vitest';
import type { DbkitError } from '../errors.ts';
import { runPasswordCommand } from './password-command.ts';

const node = (script: string) => [process.execPath, '-e', script];

async function refusal(argv: readonly string[], timeoutMs = 30_000): Promise<DbkitError> {
  try {
    await runPasswordCommand(argv, { env: {}, timeoutMs });
  } catch (error) {
    return error as DbkitError;
  }
  throw new Error('it gave a password');
}

describe('the password', () => {
  it.each([
    ['with one line break at its end', `process.stdout.write('pw\\n')`, 'pw'],
    ['of Windows', `process.stdout.write('pw\\r\\n')`, 'pw'],
    ['with spaces and breaks inside', `process.stdout.write(' p w\\nx \\n\\n')`, ' p w\nx \n'],
    [
      'in pieces, beside other output',
      `console.error('hi'); process.stdout.write('ä'); process.stdout.write('b')`,
      'äb',
    ],
  ])('%s', async (_name, script, password) => {
    expect(await runPasswordCommand(node(script), { env: {} })).toBe(password);
  });

  it('no shell reads the arguments, and the variables are those that were given', async () => {
    const argv = [
      process.execPath,
      '-e',
      'process.stdout.write(process.argv[1] + process.env.TOKEN + process.env.HOME)',
      '$HOME;`id`',
    ];
    expect(await runPasswordCommand(argv, { env: { TOKEN: 't' } })).toBe('$HOME;`id`tundefined');
  });
});

describe('failure', () => {
  it.each([
    ['a status', node('console.error("no token\\nmore"); process.exit(3)'), 'exit status 3', 'it said: no token'],
    [
      'a signal',
      node('process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 9999)'),
      'ended by SIGTERM',
      'run the program by hand to see why',
    ],
    ['no output', node(''), 'it printed nothing', 'the password is what it writes to standard output'],
    ['no such program', ['/nonexistent/token'], 'no such program', 'run the program by hand to see why'],
    ['an empty list', [], 'it is empty', 'passwordCommand is a list: program, then arguments'],
  ])('%s', async (_name, argv, why, hint) => {
    const error = await refusal(argv);
    expect(error).toMatchObject({ code: 'PASSWORD_COMMAND_FAILED', exitCode: 2, hint });
    expect(error.message).toMatch(new RegExp(`^passwordCommand .*: ${why}$`));
  });

  it('does not show what could be the password, nor the arguments', async () => {
    const error = await refusal([
      ...node('console.log("hunter2"); console.error("got hunter2"); process.exit(1)'),
      'seKret',
    ]);
    expect(`${error.stack} ${error.hint} ${error.cause}`).not.toMatch(/hunter2|seKret/);
  });

  it('a program that never ends is killed, and so is one whose child holds the pipe', async () => {
    expect((await refusal(node('setInterval(() => {}, 9999)'), 200)).message).toMatch(/no answer after 0\.2 s$/);
    const child = `setTimeout(() => {}, 3000)`;
    const script = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: 'inherit' })`;
    expect((await refusal(node(script), 1000)).message).toMatch(/no answer after 1 s$/);
  });
});
