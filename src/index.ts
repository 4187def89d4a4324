/** The public API. */
export { defineConfig } from './config/define.ts';
export type { DbkitConfig, EnvironmentConfig } from './config/schema.ts';
export { DbkitError } from './errors.ts';
