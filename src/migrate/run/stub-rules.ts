/** On a scratch database: CREATE EXTENSION of what it has signatures of makes the signatures. */
import { asRole } from '../../postgres/platform/become-role.ts';
import { stubSql } from '../../postgres/scratch-stubs.ts';
import { splitStatements } from '../../postgres/sql-text.ts';
import type { PlatformRules } from './platform-rules.ts';

const creating = /^\s*create\s+extension\s+(?:if\s+not\s+exists\s+)?(?:"((?:[^"]|"")+)"|([a-z_][\w$-]*))/i;

/** The extension that a statement creates, or null. */
function createdBy(statement: string): string | null {
  const [first] = splitStatements(statement);
  const bare = first === undefined ? '' : first.text.replace(/^(?:\s*(?:--[^\n]*\n|\/\*[\s\S]*?\*\/))*/, '');
  const found = creating.exec(bare);
  return found === null ? null : (found[1]?.replaceAll('""', '"') ?? found[2]?.toLowerCase() ?? null);
}

/**
 * `superuser`: who logged in, on a session that became `role`; null: nobody more than the role is to be had, and the
 * entry in pg_extension is left out.
 */
export function withStubs(
  rules: PlatformRules,
  stubs: readonly string[],
  { superuser, role }: { readonly superuser: string | null; readonly role: string },
): PlatformRules {
  const isStub = (statement: string) => {
    const name = createdBy(statement);
    return name !== null && stubs.includes(name) ? name : null;
  };
  return {
    refuse: (statement, file) => rules.refuse(statement, file),
    elevates: (statement) => isStub(statement) !== null || rules.elevates(statement),
    async elevate<T>(connection: Parameters<PlatformRules['elevate']>[0], statement: string, work: () => Promise<T>) {
      const extension = isStub(statement);
      if (extension === null) return rules.elevate(connection, statement, work);
      const make = () => connection.run(stubSql(extension, role, superuser !== null));
      await (superuser === null ? make() : asRole(connection, superuser, make));
      // What a statement without rows answers, to SQL and to Kysely alike.
      return { rows: [] } as T;
    },
  };
}
