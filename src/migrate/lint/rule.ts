/** What a lint rule is: a function of what a migration did. One file each in `rules/`; that folder is the registry. */
import type { Location } from '../../errors.ts';
import type { Direction } from '../migration.ts';
import type { RecordedMigration, RecordedStatement } from './recording.ts';

/** `error`: it loses data, opens access or stops the application. `warning`: it may. `notice`: there is a better way. */
export type Severity = 'error' | 'warning' | 'notice';

export interface LintContext {
  /** Schemas that clients reach through the API (PostgREST): `public` on Supabase; empty without a platform. */
  readonly exposedSchemas: readonly string[];
  /** Roles that clients come as: `anon`, `authenticated`. */
  readonly clientRoles: readonly string[];
  /** Where the target is said to wait for locks no longer than this; null when no limit is set. Of the config. */
  readonly lockTimeoutMs: number | null;
  readonly statementTimeoutMs: number | null;
  /** Rows and bytes by relation id, from `dbkit db stats`; null without. */
  readonly stats: ReadonlyMap<string, { readonly rows: number; readonly bytes: number }> | null;
}

export interface LintFinding {
  /** Name of the rule. */
  readonly rule: string;
  readonly severity: Severity;
  readonly direction: Direction;
  /** The statement, or null when it is about the migration as a whole. */
  readonly statement: RecordedStatement | null;
  readonly location: Location | null;
  /** What it is about: `public.orders`, `policy own_rows on public.orders`. */
  readonly object: string | null;
  /** What is wrong with this one, in one line. */
  readonly message: string;
  /** The safe way to write it, as SQL that can stand in place of the statement or as several migrations; or null. */
  readonly patch: string | null;
}

export interface LintRule {
  /** Kebab-case, as the file is named; never reused. */
  readonly name: string;
  readonly severity: Severity;
  /** What it finds, in one line for a list. */
  readonly summary: string;
  /** Why it is dangerous and what to do, a few lines of Markdown. */
  readonly explanation: string;
  /** Off unless `config.lint.rules` turns it on. Default false. */
  readonly optIn?: boolean;
  check(migration: RecordedMigration, context: LintContext): readonly Omit<LintFinding, 'rule' | 'severity'>[];
}
