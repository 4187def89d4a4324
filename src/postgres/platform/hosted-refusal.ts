/** What Supabase would say no to. */

export interface HostedRefusal {
  readonly rule: HostedRule;
  /** One line: what Supabase refuses, on what. */
  readonly message: string;
}

type HostedRule =
  | 'alter-system'
  | 'managed-schema'
  | 'platform-owner'
  | 'reserved-membership'
  | 'reserved-role'
  | 'server-files'
  | 'service-role'
  | 'superuser-object'
  | 'superuser-role'
  | 'untrusted-language';
