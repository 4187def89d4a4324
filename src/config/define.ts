import type { DbkitConfig } from './schema.ts';

/** Types a `dbkit.config.ts`; returns its argument. */
export function defineConfig(config: DbkitConfig): DbkitConfig {
  return config;
}
