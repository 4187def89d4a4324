import { tokenize } from '../../../postgres/sql-tokens.ts';
import { foundAt } from '../facts/found.ts';
import type { LintRule } from '../rule.ts';

/** NAMEDATALEN - 1. */
const kept = 63;

export const nameTruncated: LintRule = {
  name: 'name-truncated',
  severity: 'warning',
  summary: 'A name is longer than 63 bytes: PostgreSQL cuts it off with a notice that nobody reads.',
  explanation: 'Two names that differ behind the cut are one. What asks the catalog for the whole name finds nothing.',
  check: ({ up }) =>
    up.statements.flatMap((statement) => {
      const names = [...tokenize(statement.sql)].flatMap(({ kind, text }) => {
        if (kind === 'word') return [text];
        return kind === 'quoted' && text.startsWith('"') ? [text.slice(1, -1).replaceAll('""', '"')] : [];
      });
      return [...new Set(names)]
        .filter((name) => Buffer.byteLength(name) > kept)
        .map((name) => {
          const cut = Buffer.from(name)
            .toString('utf8', 0, kept)
            .replace(/\ufffd$/, '');
          return foundAt(up, statement, { object: name, message: `${name} is cut off to ${cut}` });
        });
    }),
};
