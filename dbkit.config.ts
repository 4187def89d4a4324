import { defineConfig } from 'dbkit';

const beforeTheFirstUser = 'Applied together with the migrations before it, on a table that had no rows yet.';

/** The reference application. Without `--env` and without DATABASE_URL, commands work on the project's embedded server. */
export default defineConfig({
  platform: 'supabase',
  environments: {
    development: { target: 'embedded' },
    ci: { target: 'embedded' },
    staging: { url: 'env:STAGING_DATABASE_URL' },
    production: { url: 'env:PRODUCTION_DATABASE_URL', protected: true, statementTimeout: '10min' },
  },
  // A migration waits this long for a lock, then lets the application go first and tries again.
  lockTimeout: '3s',
  // What `dbkit migrate lint` finds, and why it is meant. A migration that has been applied anywhere is stone.
  allow: [
    { rule: 'index-blocks-writes', object: 'public.user_subscriptions', why: beforeTheFirstUser },
    { rule: 'index-blocks-writes', object: 'public.profiles', why: beforeTheFirstUser },
    { rule: 'index-drop-blocks', object: 'public.profiles_username_key', why: beforeTheFirstUser },
    { rule: 'column-rewrites-table', object: 'public.profiles.username_lower', why: beforeTheFirstUser },
    { rule: 'constraint-builds-index', object: 'public.user_subscriptions', why: beforeTheFirstUser },
    { rule: 'check-reads-all-rows', object: 'public.subscription_plans', why: 'A price list: a handful of rows.' },
    {
      rule: 'table-read-under-lock',
      object: 'auth.users',
      why: 'Who signs up between the trigger and the copy would be missing: the lock is the point.',
    },
    {
      rule: 'table-read-under-lock',
      object: 'public.users',
      why: 'Who signs up between the trigger and the copy would be missing: the lock is the point.',
    },
    {
      rule: 'lock-held-during-data-change',
      object: 'public.users',
      why: 'Who signs up between the trigger and the copy would be missing: the lock is the point.',
    },
    {
      rule: 'policy-widened',
      object: 'policy subscription_plans_select_visible on public.subscription_plans',
      why: 'Who has, or had, a plan that is no longer sold still sees what it is.',
    },
    {
      rule: 'grant-to-everyone',
      object: 'public.log_event(text, jsonb)',
      why: 'Visitors are counted before they sign in; what is logged, and how much, the function decides.',
    },
    {
      rule: 'grant-to-everyone',
      object: 'definer.log_event(text, jsonb)',
      why: 'The half of public.log_event that writes; its schema is not served.',
    },
  ],
  // What an application can reach: the schemas definer and private are not served.
  types: { output: 'database.types.ts', schemas: ['public'] },
});
