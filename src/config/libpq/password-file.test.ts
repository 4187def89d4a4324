import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findPassword, readPasswordFile } from './password-file.ts';

const orders = { host: 'db.example', port: 5432, database: 'orders', user: 'clerk' };

it.each<[string, string, string | null]>([
  ['all four fit', 'db.example:5432:orders:clerk:pw', 'pw'],
  ['stars', '*:*:*:*:pw', 'pw'],
  ['another port', 'db.example:5433:orders:clerk:pw', null],
  ['another user', '*:*:*:owner:pw', null],
  ['a password with colons and backslashes', '*:*:*:*:a:b\\:c\\\\d', 'a:b:c\\d'],
  ['a comment', '#*:*:*:*:pw', null],
  ['too few fields', '*:*:*:pw', null],
  ['the first line that fits', 'x:*:*:*:no\n*:*:*:clerk:first\n*:*:*:*:second', 'first'],
])('%s', (_name, text, password) => {
  expect(findPassword(text.split('\n'), orders)).toBe(password);
});

it('a host with colons is written with backslashes', () => {
  expect(findPassword(['\\:\\:1:5432:*:*:pw'], { ...orders, host: '::1' })).toBe('pw');
});

it('the default socket folder is called localhost', () => {
  expect(findPassword(['localhost:*:*:*:pw'], { ...orders, host: '/var/run/postgresql' })).toBe('pw');
});

it('a file that others may read is not used, and said', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dbkit-pgpass-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'pgpass');
  writeFileSync(file, '*:*:*:*:pw');
  const warnings: string[] = [];
  const read = (path: string) => readPasswordFile(path, (text) => warnings.push(text));
  chmodSync(file, 0o640);
  expect(read(file)).toEqual([]);
  expect(warnings).toEqual([`password file ${file} can be read by others and is not used; run: chmod 0600 ${file}`]);
  chmodSync(file, 0o600);
  expect(read(file)).toEqual(['*:*:*:*:pw']);
  mkdirSync(join(folder, 'dir'));
  expect(read(join(folder, 'dir'))).toEqual([]);
  expect(warnings[1]).toMatch(/not a plain file/);
  expect(read(join(folder, 'absent'))).toEqual([]);
  expect(warnings).toHaveLength(2);
});
