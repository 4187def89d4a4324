import { expect, test } from 'vitest';
import type { Finding, FindingsDocument } from './finding.ts';
import { countFindings, failing } from './finding.ts';
import { toGithub } from './github.ts';
import { toJunit } from './junit.ts';
import { toMarkdown } from './markdown.ts';
import { toSarif } from './sarif.ts';

const finding: Finding = {
  key: 'index-blocks-writes:0002_total:public.orders',
  rule: 'index-blocks-writes',
  severity: 'error',
  object: 'public.orders',
  kind: 'migration',
  message: '100% of writes,\r\nwait: <b>"orders"</b> & more ]]> `x` | y \u0007\ud800',
  why: 'Nobody writes meanwhile.',
  fix: 'create index concurrently "a`b" on orders (total);\n-- ```',
  evidence: ['blocks writes on public.orders (41 M rows)'],
  location: { file: '/app/migrations/00 2#_tötal.up.sql', line: 3, column: 5 },
  help: 'docs/lint-rules.md#index-blocks-writes',
  accepted: null,
};

const accepted: Finding = {
  ...finding,
  key: `${finding.key}#2`,
  severity: 'warning',
  location: { file: '/elsewhere/x.sql', line: null, column: null },
  accepted: { why: 'the table is <small>', where: 'file' },
};

const notice: Finding = {
  ...finding,
  key: 'notice',
  rule: 'unheard-of',
  severity: 'notice',
  object: null,
  location: null,
};

const all: FindingsDocument = {
  command: 'migrate lint',
  dbkitVersion: '1.2.3',
  root: '/app',
  rules: [{ name: 'index-blocks-writes', severity: 'error', summary: 'An index.', explanation: 'Nobody writes.' }],
  findings: [finding, accepted, notice],
  subjects: [
    { name: '0001_orders', file: '/app/migrations/0001_orders.up.sql' },
    { name: '0002_total', file: '/app/migrations/00 2#_tötal.up.sql' },
  ],
  notes: ['::error::not a command'],
};

test('errors and warnings fail unless they are accepted; notices never do', () => {
  expect(failing(all.findings)).toEqual([finding]);
  expect(countFindings(all.findings)).toBe('1 error, 1 notice, 1 accepted');
  expect(countFindings([])).toBe('no findings');
  expect(countFindings([accepted])).toBe('no findings, 1 accepted');
});

test('SARIF: rules by index, places below the root, stable fingerprints, suppressions', () => {
  const { version, runs } = JSON.parse(toSarif(all));
  expect(version).toBe('2.1.0');
  expect(runs).toHaveLength(1);
  expect(runs[0].tool.driver).toMatchObject({ name: 'dbkit', version: '1.2.3' });
  expect(runs[0].tool.driver.rules).toEqual([
    {
      id: 'index-blocks-writes',
      shortDescription: { text: 'An index.' },
      help: { text: 'Nobody writes.', markdown: 'Nobody writes.' },
      defaultConfiguration: { level: 'error' },
    },
    {
      id: 'unheard-of',
      help: { text: 'Nobody writes meanwhile.', markdown: 'Nobody writes meanwhile.' },
      defaultConfiguration: { level: 'note' },
    },
  ]);
  expect(runs[0].results).toMatchObject([
    {
      ruleId: 'index-blocks-writes',
      ruleIndex: 0,
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'migrations/00%202%23_t%C3%B6tal.up.sql' },
            region: { startLine: 3, startColumn: 5 },
          },
        },
      ],
      partialFingerprints: { 'dbkit/v1': finding.key },
    },
    {
      level: 'warning',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'file:///elsewhere/x.sql' } } }],
      suppressions: [{ kind: 'inSource', justification: 'the table is <small>' }],
    },
    { ruleId: 'unheard-of', ruleIndex: 1, level: 'note' },
  ]);
  expect(runs[0].results[2]).not.toHaveProperty('locations');
  expect(runs[0].results[0]).not.toHaveProperty('suppressions');
});

test('JUnit: well-formed whatever the texts hold; what is quiet passes, what is accepted is skipped', () => {
  const xml = toJunit(all);
  expect(xml).toContain('<testsuites name="dbkit" tests="4" failures="1" errors="0" skipped="1">');
  expect(xml).toContain('<testcase classname="0001_orders" name="migrate lint"/>');
  expect(xml).toContain('<skipped message="accepted: the table is &lt;small&gt;"/>');
  expect(xml).toContain('&lt;b&gt;&quot;orders&quot;&lt;/b&gt; &amp; more ]]&gt;');
  expect(xml).toContain('100% of writes,&#13;&#10;wait');
  expect(xml).toContain('file="migrations/00 2#_tötal.up.sql" line="3"');
  expect(xml).toContain('<system-out>');
  // Each tag is closed in its order, and nothing of a text is left that could be one.
  const open: string[] = [];
  for (const [, close, name, , empty] of xml.matchAll(
    /<(\/?)([a-z-]+)((?:\s+[a-z]+="[^"<&]*(?:&[a-z#0-9]+;[^"<&]*)*")*)\s*(\/?)>/g,
  )) {
    if (close === '/') expect(open.pop()).toBe(name);
    else if (empty !== '/' && name !== undefined) open.push(name);
  }
  expect(open).toEqual([]);
  expect([...xml].filter((char) => /[\p{Cc}\p{Cs}]/u.test(char) && char !== '\n')).toEqual([]);
  expect(xml.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#\d+);)/);
});

test('GitHub: one command a line, escaped; what is accepted is not told', () => {
  const lines = toGithub(all).trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(
    /^::error file=migrations\/00 2#_tötal\.up\.sql,line=3,col=5,title=dbkit%3A index-blocks-writes::100%25 of writes,%0D%0Await: /,
  );
  expect(lines[0]).toContain('%0Ablocks writes on public.orders (41 M rows)%0A%0AInstead:%0Acreate index');
  expect(lines[1]).toMatch(/^::notice title=dbkit%3A unheard-of::/);
  expect(lines[2]).toBe(': :error::not a command');
  expect(lines[3]).toBe('dbkit migrate lint: 1 error, 1 notice, 1 accepted');
});

test('Markdown: texts are texts, SQL stands in a fence that it can not close', () => {
  const text = toMarkdown(all);
  expect(text).toContain('## dbkit migrate lint: 1 error, 1 notice, 1 accepted');
  expect(text).toContain('100% of writes, wait: &lt;b>"orders"&lt;/b> &amp; more \\]\\]> \\`x\\` \\| y');
  expect(text).toContain('````sql\ncreate index concurrently "a`b" on orders (total);\n-- ```\n````');
  expect(text).toContain('| index-blocks-writes | /elsewhere/x.sql |');
  expect(text).toContain('`migrations/00 2#_tötal.up.sql:3`');
});
