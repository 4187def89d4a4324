import { foundAt, inBothDirections, isQuick, sizeOf } from '../facts/found.ts';
import { notNullLater } from '../facts/not-null.ts';
import type { LintRule } from '../rule.ts';
import { alterCommands } from '../tree/alter-table.ts';

export const notNullReadsAllRows: LintRule = {
  name: 'not-null-reads-all-rows',
  severity: 'error',
  summary:
    'SET NOT NULL reads all of an existing table while nobody can read or write it, and fails at the first NULL.',
  explanation: `SET NOT NULL holds ACCESS EXCLUSIVE until each row was looked at. A validated CHECK (column IS NOT NULL) saves
the look, and can be had without blocking: NOT VALID first, validated in the next migration, then SET NOT NULL.
From PostgreSQL 18 on NOT NULL can itself be added NOT VALID.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) =>
      alterCommands(run).flatMap(({ statement, relation, command }) => {
        if (command.subtype !== 'AT_SetNotNull' || isQuick(context, run, statement, relation.id)) return [];
        if (!statement.scanned.includes(relation.id) || statement.rewritten.includes(relation.id)) return [];
        const column = command.name ?? '';
        return [
          foundAt(run, statement, {
            object: `${relation.id}.${column}`,
            message: `NOT NULL on ${column} reads all of ${relation.id}${sizeOf(context, relation.id)} while nobody else can`,
            patch: notNullLater(relation, column, run.before.major).patch,
          }),
        ];
      }),
    ),
};
