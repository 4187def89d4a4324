import { foundAt, inBothDirections } from '../facts/found.ts';
import { constraintsOf } from '../facts/objects.ts';
import { inMigrations, sqlName } from '../facts/patch.ts';
import type { LintRule } from '../rule.ts';
import { nameParts, nodeOf, treesOf } from '../tree/node.ts';

export const domainConstraintReadsTables: LintRule = {
  name: 'domain-constraint-reads-tables',
  severity: 'error',
  summary: 'A constraint is added to a domain, and every table with a column of it is read under a lock.',
  explanation: `ALTER DOMAIN … ADD CONSTRAINT looks at each row of each table that uses the domain, under a lock that blocks
writers. Add it NOT VALID and validate it in the next migration.`,
  check: (migration) =>
    inBothDirections(migration, (run) =>
      run.statements.flatMap((statement) =>
        treesOf(statement).flatMap((tree) => {
          const alter = nodeOf(tree, 'AlterDomainStmt');
          const constraint = nodeOf(alter?.def, 'Constraint');
          if (alter?.subtype !== 'C' && alter?.subtype !== 'O') return [];
          if (constraint?.skip_validation === true) return [];
          const parts = nameParts(alter.typeName);
          const domain = run.before.types.find(
            ({ kind, name, schema }) =>
              kind === 'domain' && name === parts.at(-1) && schema === (parts.at(-2) ?? schema),
          );
          if (domain === undefined) return [];
          const uses = run.before.columns.filter(({ type }) => type === domain.id || type === `${domain.id}[]`);
          if (uses.length === 0) return [];
          const known = new Set(constraintsOf(run.before, domain.id).map(({ name }) => name));
          const added = constraintsOf(run.after, domain.id).find(({ name }) => !known.has(name));
          const tables = [...new Set(uses.map(({ relation }) => relation))];
          return [
            foundAt(run, statement, {
              object: domain.id,
              message: `every row of ${tables.join(', ')} is checked while nobody can write there`,
              patch:
                added === undefined || added.kind !== 'check'
                  ? null
                  : inMigrations(
                      `alter domain ${domain.id} add constraint ${sqlName(added.name)} ${added.definition} not valid;`,
                      `alter domain ${domain.id} validate constraint ${sqlName(added.name)};`,
                    ),
            }),
          ];
        }),
      ),
    ),
};
