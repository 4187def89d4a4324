import { describe, expect, it } from 'vitest';
import { runCli } from '../harness/run-cli.ts';

const verbs = [
  'demo',
  'doctor',
  'migrate up',
  'migrate down',
  'migrate to',
  'migrate redo',
  'migrate status',
  'migrate plan',
  'migrate new',
  'migrate baseline',
  'migrate repair',
  'db start',
  'db stop',
  'db status',
  'db url',
  'db reset',
  'db bootstrap',
  'db mark',
  'db grants',
  'db history',
];

describe('help', () => {
  it.each(verbs)('of %s shows an example and the exit status', async (verb) => {
    const { status, stdout, stderr } = await runCli([...verb.split(' '), '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Examples:\n  $ ');
    expect(stdout).toMatch(/Exit status:\n {2}0 {4}/);
    expect(stdout).toContain(`dbkit ${verb}`);
    expect(stdout).toMatch(/^Common options:$/m);
    expect(stdout.split('Common options:')[1]).not.toMatch(/^Options:$/m);
  });

  it('lists every verb that works, and no other', async () => {
    const top = await runCli(['--help']);
    const rooms = [...top.stdout.matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, name]) => name)
      .filter((name) => name !== 'help');
    expect(rooms.sort()).toEqual(
      ['db', 'demo', 'doctor', 'migrate', ...(rooms.includes('types') ? ['types'] : [])].sort(),
    );
  });

  it('is what is printed without arguments', async () => {
    const { status, stdout } = await runCli([]);
    expect(status).toBe(0);
    expect(stdout).toContain('Usage: dbkit');
  });
});

describe('a usage fault', () => {
  it.each([
    [['migrat'], 'unknown command', 'migrate'],
    [['migrate', 'statu'], 'unknown command', 'did you mean status?'],
    [['--json=x', 'migrate', 'up'], "unknown option '--json", 'write it after the verb'],
    [['--env', 'staging', 'migrate', 'up'], "unknown option '--env'", 'dbkit <verb> --env'],
    [['migrate', '--quiet', 'up'], "unknown option '--quiet'", 'dbkit migrate <verb> --quiet'],
    [['migrate', 'up', '--jsn'], "unknown option '--jsn'", '--json'],
    [['migrate', 'up', '0'], "'0' is no <n>: it is a whole number from 1", 'dbkit migrate up --help'],
    [['migrate', 'up', '-1'], "'-1' is no <n>", 'dbkit migrate up --help'],
    [['migrate', 'down', 'two'], "'two'", 'dbkit migrate down --help'],
    [['migrate', 'down', '1.5'], "'1.5'", 'dbkit migrate down --help'],
    [['migrate', 'to'], "missing required argument 'name'", 'dbkit migrate to --help'],
    [['migrate'], 'wants a verb', 'dbkit migrate --help'],
    [['migrate', 'plan', 'sideways'], 'sideways', 'up|down|to|redo'],
    [['migrate', 'plan', '--stats', 'x.json', '--no-record'], '--no-record', 'leave one of them out'],
    [['migrate', 'up', '--wait', 'soon'], '--wait soon', '--wait 30s'],
    [['db', 'history', '--since', 'yesterday'], 'yesterday', '2026-01-31'],
  ])('%j says what is wrong and what to type, with exit status 2', async (args, message, hint) => {
    const { status, stdout, stderr } = await runCli(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('error');
    expect(stderr).toContain(message);
    expect(stderr.split('next:')[1]).toContain(hint);
  });

  it('prints one JSON document with --json', async () => {
    const { status, stdout, stderr } = await runCli(['migrate', 'up', '0', '--json']);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 1,
      command: 'migrate up',
      ok: false,
      exitCode: 2,
      result: null,
      error: { code: 'USAGE', hint: 'dbkit migrate up --help', location: null },
    });
  });
});
