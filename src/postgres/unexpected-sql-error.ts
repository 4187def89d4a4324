/** What the server said where nobody expected it: told as what it is, when a person can mend it. */
import { DbkitError } from '../errors.ts';
import { sqlstateOf } from './own-schema.ts';

/** The error itself when it is not the server's, or when it can only be a fault of dbkit. */
export function fromUnexpectedSqlError(error: unknown, verb: string): unknown {
  if (error instanceof DbkitError || !(error instanceof Error)) return error;
  switch (sqlstateOf(error)) {
    case '42501':
      return new DbkitError('INSUFFICIENT_PRIVILEGE', `this role may not do what ${verb} needs: ${error.message}`, {
        hint: `let an administrator run the output of: dbkit db grants "${verb}" --role <this role>`,
        cause: error,
      });
    case '25006':
      return new DbkitError('TARGET_REFUSED', `this server or session is read-only: ${error.message}`, {
        hint: 'is it a standby, or is default_transaction_read_only set? name the primary with --database-url',
        cause: error,
      });
    case '57014':
      return new DbkitError('LOCK_TIMEOUT', `the server ended a statement of ${verb}: ${error.message}`, {
        hint: 'look at statement_timeout of this role and database, and try again',
        cause: error,
      });
    case '55P03':
      return new DbkitError('LOCK_TIMEOUT', `another session holds what ${verb} needs: ${error.message}`, {
        hint: 'try again when it is done',
        cause: error,
      });
    default:
      return error;
  }
}
