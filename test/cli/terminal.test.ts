/** What a person at a terminal sees: run below script(1), which gives the command one. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { testDatabase } from '../harness/test-database.ts';

const launcher = new URL('../../bin/dbkit.js', import.meta.url).pathname;
const escapeCharacter = String.fromCharCode(27);
const spinnerFrames = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

interface Terminal {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
}

async function onTerminal(command: string, { cwd, env = {}, columns = 80 }: Terminal) {
  const line = `stty cols ${columns}; ${command.replaceAll('dbkit ', `'${process.execPath}' '${launcher}' `)}`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { status, output, lines: visibleLines(output) };
}

/** What stands on the screen at the end: a line that was cleared, or written over from its start, is gone. */
function visibleLines(output: string): readonly string[] {
  return output
    .split('\r\n')
    .map((line) => line.split(`${escapeCharacter}[0K`).at(-1) ?? '')
    .map((line) => stripVTControlCharacters(line).split('\r').at(-1) ?? '')
    .filter((line) => line !== '');
}

async function slowProject(lastStatement: string) {
  const cwd = temporaryFolder('terminal');
  mkdirSync(join(cwd, 'migrations'));
  writeFileSync(join(cwd, 'migrations/01_slow.up.sql'), `select pg_sleep(1);\n${lastStatement}\n`);
  writeFileSync(join(cwd, 'migrations/01_slow.down.sql'), 'select 1;\n');
  const { url } = await testDatabase();
  return { cwd, command: `dbkit migrate up --database-url '${url}'` };
}

describe('the spinner', () => {
  it('turns while a migration runs, and leaves the line of its end', async () => {
    const { cwd, command } = await slowProject('select 2;');
    const { status, output, lines } = await onTerminal(command, { cwd });
    expect(status).toBe(0);
    expect(output).toMatch(spinnerFrames);
    expect(lines.at(-1)).toBe('1 applied; the database has 1 applied, 0 pending');
    expect(lines.at(-2)).toMatch(/^✓ up 01_slow {2}\d/);
    expect(lines.join('\n')).not.toMatch(spinnerFrames);
  });

  it('never stands after the text of a failure', async () => {
    const { cwd, command } = await slowProject('select nosuch;');
    const { status, output, lines } = await onTerminal(command, { cwd });
    expect(status).toBe(2);
    expect(output).toMatch(spinnerFrames);
    const error = lines.findIndex((line) => line.startsWith('error MIGRATION_FAILED'));
    expect(error).toBeGreaterThan(0);
    expect(lines.slice(error).join('\n')).not.toMatch(spinnerFrames);
    expect(lines.slice(error).join('\n')).toContain('rolled back');
  });

  it.each([
    [{ CI: 'true' }, ''],
    [{}, ' --quiet'],
    [{}, ' --json'],
  ])('is not there with %j%s', async (env, flag) => {
    const { cwd, command } = await slowProject('select 2;');
    const { status, output } = await onTerminal(command + flag, { cwd, env });
    expect(status).toBe(0);
    expect(output).not.toMatch(spinnerFrames);
  });

  it('is not there in a terminal without columns, in which it would turn for ever', async () => {
    const { cwd, command } = await slowProject('select 2;');
    const { status, output, lines } = await onTerminal(command, { cwd, columns: 0 });
    expect(status).toBe(0);
    expect(output).not.toMatch(spinnerFrames);
    expect(lines.at(-2)).toMatch(/^✓ up 01_slow {2}\d/);
  });
});

describe('colour', () => {
  it('is decided for each stream: results in a file have none, while the terminal has', async () => {
    const { cwd, command } = await slowProject('select 2;');
    const { output } = await onTerminal(`${command} && ${command.replace(' up ', ' status ')} > status.txt`, { cwd });
    expect(output).toContain(escapeCharacter);
    const written = readFileSync(join(cwd, 'status.txt'), 'utf8');
    expect(written).toContain('01_slow');
    expect(written).not.toContain(escapeCharacter);
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('is left out with %j', async (env) => {
    const { output, status } = await onTerminal('dbkit migrate status --config none.ts', { cwd: '/', env });
    expect(status).toBe(2);
    expect(output).toContain('CONFIG_NOT_FOUND');
    expect(output).not.toContain(escapeCharacter);
  });
});
