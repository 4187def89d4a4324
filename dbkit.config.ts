import { defineConfig } from 'dbkit';

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
  // What an application can reach: the schemas definer and private are not served.
  types: { output: 'database.types.ts', schemas: ['public'] },
});
