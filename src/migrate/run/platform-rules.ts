/**
 * What a stand-in of Supabase must do by itself: refuse what Supabase refuses, and do as another role what Supabase
 * lets `postgres` do. On the real thing, and on plain PostgreSQL, nothing of it applies.
 */
import { DbkitError } from '../../errors.ts';
import type { Connection } from '../../postgres/connect.ts';
import { withElevation } from '../../postgres/platform/become-role.ts';
import { elevationFor } from '../../postgres/platform/elevation.ts';
import { findHostedRefusals } from '../../postgres/platform/hosted-rules.ts';
import { lineAndColumn } from '../../postgres/sql-error.ts';
import { splitStatements } from '../../postgres/sql-text.ts';
import type { SqlScript } from '../migration.ts';

export interface PlatformRules {
  /** Throws PLATFORM_REFUSED for a statement of `file` that Supabase would not run. */
  refuse(statement: string, file: string): void;
  /** True when the statement has to be run by `elevate`. */
  elevates(statement: string): boolean;
  elevate<T>(connection: Connection, statement: string, work: () => Promise<T>): Promise<T>;
}

export const noPlatformRules: PlatformRules = {
  refuse: () => {},
  elevates: () => false,
  elevate: (_connection, _statement, work) => work(),
};

/** Of a stand-in; `elevated`: the session was made by `becomeRole`, so that it may change its user. */
export function standInRules(elevated: boolean): PlatformRules {
  return {
    refuse(statement, file) {
      const [refusal] = findHostedRefusals(statement);
      if (refusal === undefined) return;
      throw new DbkitError('PLATFORM_REFUSED', `Supabase would refuse this statement: ${refusal.message}`, {
        details: [`rule ${refusal.rule}`, `statement: ${statement.split('\n')[0]}`],
        hint: 'change the migration: on Supabase it would fail, and this database stands in for one',
        location: { file, line: null, column: null },
      });
    },
    elevates: (statement) => elevated && elevationFor(statement) !== null,
    elevate: (connection, statement, work) => (elevated ? withElevation(connection, statement, work) : work()),
  };
}

/** Holds a whole script against the rules before any of it runs; the error names the place. */
export function refuseScript(rules: PlatformRules, { file, source, text, offset }: SqlScript): void {
  if (rules === noPlatformRules) return;
  for (const statement of splitStatements(text)) {
    try {
      rules.refuse(statement.text, file);
    } catch (error) {
      if (!(error instanceof DbkitError)) throw error;
      throw new DbkitError(error.code, error.message, {
        details: [...error.details, 'no migration was run'],
        hint: error.hint ?? undefined,
        location: { file, ...lineAndColumn(source, offset + statement.start) },
      });
    }
  }
}
