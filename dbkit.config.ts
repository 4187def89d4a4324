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
});
