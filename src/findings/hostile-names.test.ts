/** What names and messages may hold on a server, in each format: read back by the rules of those who read it. */
import { expect, test } from 'vitest';
import type { Finding, FindingsDocument } from './finding.ts';
import { toGithub } from './github.ts';
import { toJunit } from './junit.ts';
import { toMarkdown } from './markdown.ts';
import { toSarif } from './sarif.ts';

const hostile = [
  'plain',
  '100%',
  '%0A::error::x',
  'a\nb\r\nc\rd',
  '::error file=x,line=1::boo',
  '  ::stop-commands::x',
  'x ##[error]boo',
  'a,b:c=d',
  ']]>',
  '<!--',
  '--><b>&lt;&amp;',
  '"\'`',
  '\0',
  '\u001b[31m red',
  'half \ud800',
  '\udc00 half',
  'end \ufffe\uffff',
  '\u2028\u2029\u0085',
  '😀 ünï',
  '  blank ',
  'C:\\x\\y',
  '../up',
  '..up',
  '#?&=+ %20',
];

const finding = (name: string, number: number): Finding => ({
  key: `rule:${number}:${name}`,
  rule: number % 3 === 0 ? `rule-${name}` : 'rule',
  severity: (['error', 'warning', 'notice'] as const)[number % 3] ?? 'error',
  object: name,
  kind: 'migration',
  message: `${name} is wrong`,
  why: `because of ${name}`,
  fix: `drop table ${name};`,
  evidence: [`blocks writes on ${name}`],
  location: {
    file: `/app/${number % 2 === 0 ? 'migrations/' : ''}${name.replaceAll('\0', '')}`,
    line: number % 4 === 3 ? null : number + 1,
    column: number % 4 === 2 ? null : 1,
  },
  help: null,
  accepted: number % 5 === 4 ? { why: name, where: number % 2 === 0 ? 'file' : 'config' } : null,
});

const all: FindingsDocument = {
  command: 'migrate lint',
  dbkitVersion: '1.2.3',
  root: '/app',
  rules: [{ name: 'rule', severity: 'error', summary: 'A rule.', explanation: 'Why.' }],
  findings: hostile.map(finding),
  subjects: hostile.map((name) => ({ name, file: null })),
  notes: hostile,
};

/** As replaced: what no document can carry. */
const carried = (text: string) => text.replace(/(?![\n\r\t])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd');

test('SARIF 2.1.0: what its schema and the hosts that read it ask for', () => {
  const text = toSarif(all);
  expect(text.isWellFormed()).toBe(true);
  const log = JSON.parse(text);
  expect(Object.keys(log).sort()).toEqual(['$schema', 'runs', 'version']);
  const [run] = log.runs;
  const { rules } = run.tool.driver;
  const ids = rules.map(({ id }: { id: string }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(run.columnKind).toMatch(/^(utf16CodeUnits|unicodeCodePoints)$/);
  for (const rule of rules) {
    expect(rule.help.text).not.toBe('');
    expect(['none', 'note', 'warning', 'error']).toContain(rule.defaultConfiguration.level);
  }
  expect(run.results).toHaveLength(hostile.length);
  const prints = new Set<string>();
  for (const result of run.results) {
    expect(['none', 'note', 'warning', 'error']).toContain(result.level);
    expect(ids[result.ruleIndex]).toBe(result.ruleId);
    expect(result.message.text).not.toBe('');
    prints.add(result.partialFingerprints['dbkit/v1']);
    for (const { kind, justification } of result.suppressions ?? []) {
      expect(['inSource', 'external']).toContain(kind);
      expect(typeof justification).toBe('string');
    }
    const [{ physicalLocation }] = result.locations;
    const { uri } = physicalLocation.artifactLocation;
    // RFC 3986: these characters alone, and a colon never in the first part of a relative reference.
    expect(uri).toMatch(/^(?:file:\/\/\/)?(?:[A-Za-z0-9\-._~!$&'()*+,;=@/]|%[0-9A-F]{2}|(?<=file:.*):)+$/);
    expect(uri.split('/')).not.toContain('..');
    const { region } = physicalLocation;
    if (region === undefined) continue;
    expect(region.startLine).toBeGreaterThanOrEqual(1);
    if ('startColumn' in region) expect(region.startColumn).toBeGreaterThanOrEqual(1);
  }
  expect(prints.size).toBe(hostile.length);
});

test('GitHub: each finding is one command, and reads back as it was', () => {
  const lines = toGithub(all).split('\n').slice(0, -1);
  const open = all.findings.filter(({ accepted }) => accepted === null);
  // As the runner takes a line: the newer form behind blanks, the older one anywhere.
  const commands = lines.map((line) => /^\s*::([a-z-]+) (.*?)::(.*)$/su.exec(line));
  const read = commands.slice(0, open.length).map((command, number) => {
    const [, name, properties = '', data = ''] = command ?? [];
    const readBack = (text: string) =>
      text
        .replaceAll('%0D', '\r')
        .replaceAll('%0A', '\n')
        .replaceAll('%3A', ':')
        .replaceAll('%2C', ',')
        .replaceAll('%25', '%');
    const said = Object.fromEntries(properties.split(',').map((one) => one.split(/=(.*)/s).slice(0, 2)));
    expect(Object.keys(said)).toEqual(expect.arrayContaining(['file', 'title']));
    expect(readBack(said.title)).toBe(carried(`dbkit: ${open[number]?.rule}`));
    return [name, data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%').split('\nblocks')[0]];
  });
  expect(read).toEqual(open.map(({ severity, message }) => [severity, carried(message)]));
  for (const line of lines.slice(open.length)) {
    expect(line.trimStart().startsWith('::')).toBe(false);
    expect(line).not.toContain('##[');
  }
  expect(lines).toHaveLength(open.length + hostile.length + 1);
});

test('JUnit: well-formed XML 1.0, with nothing in it that XML can not hold', () => {
  const xml = toJunit(all);
  expect(xml).not.toMatch(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u);
  const open: string[] = [];
  const rest = xml
    .replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>/, '')
    .replace(
      /<(\/?)([a-z-]+)((?: [a-z]+="(?:[^"<&]|&(?:amp|lt|gt|quot|#\d+);)*")*)(\/?)>/g,
      (_, close, name, __, empty) => {
        if (close === '/') expect(open.pop()).toBe(name);
        else if (empty === '') open.push(name);
        return '';
      },
    );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#\d+);)/);
  expect(Number(/tests="(\d+)"/.exec(xml)?.[1])).toBe([...xml.matchAll(/<testcase /g)].length);
  expect(Number(/failures="(\d+)"/.exec(xml)?.[1])).toBe([...xml.matchAll(/<failure /g)].length);
  expect(Number(/skipped="(\d+)"/.exec(xml)?.[1])).toBe([...xml.matchAll(/<skipped /g)].length);
});

test('Markdown: no control character, and a heading for each finding', () => {
  const text = toMarkdown(all);
  expect(text).not.toMatch(/(?![\n\r\t])[\p{Cc}\p{Cs}]/u);
  const fences = text.split('\n').filter((line) => /^`{3,}/.test(line));
  expect(fences.length % 2).toBe(0);
  expect([...text.matchAll(/^### (?:error|warning|notice): /gm)]).toHaveLength(
    all.findings.filter(({ accepted }) => accepted === null).length,
  );
});
