/** What a bootstrap did, and how far the result is from a real Supabase. */

export interface PlatformReport {
  /** What was created or altered, in order; empty when everything was in place. */
  readonly changed: readonly string[];
  /** What differs here from a stand-in on a server of its own: each weakens a verdict that depends on it. */
  readonly unfaithful: readonly string[];
  /** What no plain PostgreSQL can give, true of every stand-in. */
  readonly notes: readonly string[];
}

/** Supabase has images of these majors; the others behave by PostgreSQL's own rules and were never seen hosted. */
const hostedMajors: readonly number[] = [15, 17];

export function notesFor(major: number): readonly string[] {
  const notes = [
    'supautils is absent: what it lets `postgres` do is done by switching roles, what it forbids is checked in the SQL text',
    'safeupdate is absent: on Supabase the API refuses UPDATE and DELETE without WHERE',
    'pg_cron, pg_net, pg_graphql and vault are absent, and so are the checks of the Auth, Storage and REST services',
  ];
  if (hostedMajors.includes(major)) return notes;
  return [...notes, `Supabase runs PostgreSQL ${hostedMajors.join(' and ')}; this is ${major}`];
}

export const superuserPostgres =
  '`postgres` is a superuser here: no grant, ownership or row-level security stops it, and what it may do says nothing of Supabase';
