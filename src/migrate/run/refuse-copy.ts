/** COPY wants its rows from psql: a file of migrations has no stream for them. */
import { DbkitError } from '../../errors.ts';
import type { StatementOrigin } from '../../postgres/sql-error.ts';
import { lineAndColumn } from '../../postgres/sql-error.ts';
import type { Statement } from '../../postgres/sql-text.ts';

/** Throws FILE_INVALID at the first COPY FROM STDIN. Sent among other statements it would cost the whole session. */
export function refuseCopyFromStdin(statements: readonly Statement[], origin: StatementOrigin): void {
  const found = statements.find(
    ({ words }) => words[0] === 'copy' && words.some((word, index) => word === 'stdin' && words[index - 1] === 'from'),
  );
  if (found === undefined) return;
  throw new DbkitError('FILE_INVALID', `${origin.file} holds COPY FROM STDIN, whose rows only psql reads from a file`, {
    hint: 'write the rows as INSERT; pg_dump does so with --rows-per-insert=1000',
    location: { file: origin.file, ...lineAndColumn(origin.source, origin.offset + found.start) },
  });
}
