/** All that the roles of the API hold. What is not here is held by nobody. */

const dml = 'DELETE, INSERT, SELECT, UPDATE';
const told = 'bio, display_name, locale, time_zone, username, visibility';
const session = 'created_at, expires_at, id, ip, last_seen_at, revoked_at, user_agent, user_id';

/** `role relation`: its privileges, then those of single columns. */
export const heldOnRelations: Readonly<Record<string, string>> = {
  'anon profiles': 'SELECT (avatar_path, bio, display_name, user_id, username, username_lower)',
  'anon subscription_plans': 'SELECT',
  'authenticated audit_log_values': 'SELECT',
  'authenticated audit_logs': 'SELECT',
  'authenticated profiles': `SELECT, UPDATE (${told})`,
  'authenticated sessions': `SELECT (${session})`,
  'authenticated subscription_plans': 'SELECT',
  'authenticated subscription_status': 'SELECT',
  'authenticated test_table': 'DELETE, INSERT (label, shared, user_id), SELECT, UPDATE (label, shared)',
  'authenticated test_table_with_users': 'SELECT',
  'authenticated user_subscriptions': 'SELECT',
  'authenticated users': 'SELECT',
  'service_role analytics_event_names': 'DELETE, INSERT, SELECT, UPDATE (description, from_clients)',
  'service_role analytics_events': 'SELECT',
  'service_role audit_log_values': 'SELECT',
  'service_role audit_logs': 'SELECT',
  'service_role profiles': dml,
  'service_role sessions': `SELECT (${session})`,
  'service_role subscription_plans': dml,
  'service_role subscription_status': 'SELECT',
  'service_role test_table': dml,
  'service_role test_table_with_users': 'SELECT',
  // History is kept.
  'service_role user_subscriptions': 'INSERT, SELECT, UPDATE',
  'service_role users': dml,
};

/** Functions in public, with who may call them. */
export const callable: Readonly<Record<string, string>> = {
  'activate_subscription(user_id uuid, plan_code text, period_end timestamp with time zone)': 'service_role',
  'avatar_orphans()': 'service_role',
  'cancel_subscription(at_period_end boolean)': 'authenticated',
  'change_plan(plan_code text)': 'authenticated',
  'claim_file_deletions(max_rows integer)': 'service_role',
  'create_partitions(months_ahead integer)': 'service_role',
  'erase_audit_values(subject uuid)': 'service_role',
  'expire_subscriptions(max_rows integer)': 'service_role',
  'file_deleted(bucket_id text, path text)': 'service_role',
  'list_my_sessions(current_token text)': 'authenticated',
  'log_event(name text, properties jsonb)': 'anon, authenticated',
  'log_event_for(user_id uuid, name text, properties jsonb)': 'service_role',
  'mark_past_due(user_id uuid, until timestamp with time zone)': 'service_role',
  'purge_sessions(keep interval)': 'service_role',
  'purge_sign_in_throttles()': 'service_role',
  'queue_avatar_orphans(max_rows integer)': 'service_role',
  'remove_avatar()': 'authenticated',
  'repair_users(max_rows integer)': 'service_role',
  'resume_subscription()': 'authenticated',
  'revoke_other_sessions(current_token text)': 'authenticated',
  'revoke_session(session_id uuid)': 'authenticated',
  'revoke_sessions_of(user_id uuid)': 'service_role',
  'run_maintenance()': 'service_role',
  'set_avatar(file_name text)': 'authenticated',
  'start_session(user_agent text, lifetime interval)': 'authenticated',
  'start_session_for(user_id uuid, user_agent text, ip inet, lifetime interval)': 'service_role',
  'subscribe(plan_code text)': 'authenticated',
  'touch_session(token text)': 'authenticated, service_role',
};

/** Tables with row-level security, and the policies on each. None: no client gets past, whatever is granted one day. */
export const policies: Readonly<Record<string, string | null>> = {
  analytics_event_names: null,
  analytics_events: null,
  audit_log_values: 'SELECT to authenticated',
  audit_logs: 'SELECT to authenticated',
  profiles: 'SELECT to anon; SELECT to authenticated; UPDATE to authenticated',
  sessions: 'SELECT to authenticated',
  subscription_plans: 'SELECT to anon; SELECT to authenticated',
  test_table: 'DELETE to authenticated; INSERT to authenticated; SELECT to authenticated; UPDATE to authenticated',
  user_subscriptions: 'SELECT to authenticated',
  users: 'SELECT to authenticated',
};
