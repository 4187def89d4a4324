import { foundAt, inBothDirections, isSmall, sizeOf } from '../facts/found.ts';
import { heldAnywhere } from '../facts/held-lock.ts';
import { inMigrations } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { changedRelation } from '../tree/changed-relation.ts';
import { treesOf } from '../tree/node.ts';

export const lockHeldDuringDataChange: LintRule = {
  name: 'lock-held-during-data-change',
  severity: 'warning',
  summary: 'Rows are changed while an earlier statement of the transaction keeps a table from being read or written.',
  explanation: `A lock is held until the transaction ends. An UPDATE behind an ALTER TABLE makes a lock of milliseconds one of
minutes. Change the table in one migration, and the rows in the next.`,
  check: (migration, context) =>
    inBothDirections(migration, (run) => {
      const changes = run.statements.flatMap((statement) =>
        treesOf(statement).flatMap((tree) => {
          const changed = changedRelation(run, statement, tree);
          const held = heldAnywhere(run, statement);
          if (changed === null || held === null || isSmall(context, changed.relation.id)) return [];
          return [{ statement, held, table: `${changed.relation.id}${sizeOf(context, changed.relation.id)}` }];
        }),
      );
      // One lock is one fault, whatever is done while it is held.
      const byHolder = Map.groupBy(changes, ({ held }) => `${held.statement.ordinal} ${held.lock.relation}`);
      return [...byHolder.values()].flatMap(([first, ...more]) => {
        if (first === undefined) return [];
        const { statement, held } = first;
        const tables = [...new Set([first, ...more].map(({ table }) => table))].join(', ');
        const how = held.lock.blocks === 'writes' ? 'written' : 'read';
        return [
          foundAt(run, statement, {
            object: held.lock.relation,
            message: `${held.lock.relation} can not be ${how} while rows of ${tables} are changed: statement ${held.statement.ordinal} holds its lock until the commit`,
            patch: inMigrations(
              ...[held, first, ...more].map((one) => `${one.statement.sql.trim().replace(/;$/, '')};`),
            ),
          }),
        ];
      });
    }),
};
