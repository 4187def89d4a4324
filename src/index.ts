/** The library: the verbs and what user files are written with. Reaches no command line. */
export { defineConfig } from './config/define.ts';
export type { DbkitConfig, EnvironmentConfig, Platform, PostgresMajor } from './config/schema.ts';
export { DbkitError, type ErrorCode, type ExitCode, type Location, type SqlFailure } from './errors.ts';
export type { OnEvent, ProgressEvent } from './events.ts';
export { irreversible } from './migrate/irreversible.ts';
export type { MigrationConfig } from './migrate/module.ts';
