import { describe, expect, it } from 'vitest';
import { parseSince } from './since.ts';

describe('--since', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:30', '2026-01-31T12:30:00.000Z'],
    ['2026-01-31 12:30:15', '2026-01-31T12:30:15.000Z'],
    ['2026-01-31T12:30:15.25+02:00', '2026-01-31T10:30:15.250Z'],
    ['2028-02-29Z', null],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2026-02-29', null],
    ['2026-02-30T10:00', null],
    ['2026-13-01', null],
    ['2026-01-31T25:00', null],
    ['2026', null],
    ['1', null],
    ['yesterday', null],
    ['', null],
  ])('%j is %j, whatever the time zone here', (text, moment) => {
    expect(parseSince(text)?.toISOString() ?? null).toBe(moment);
  });
});
