/** What the command line hands to a verb, for calling verbs through the library. */
import type { VerbInput } from '../../src/command.ts';
import { resolveConfig } from '../../src/config/resolve-config.ts';
import type { DbkitConfig } from '../../src/config/schema.ts';
import type { ProgressEvent } from '../../src/events.ts';

export function inputFor(
  folder: string,
  config: DbkitConfig = {},
  options: Record<string, unknown> = {},
  events: ProgressEvent[] = [],
): VerbInput {
  return {
    args: [],
    options,
    config: { ...resolveConfig(config, null, process.cwd()), migrations: folder },
    origin: { actor: null, commit: null, runUrl: null, dbkitVersion: '0.0.0-test' },
    environment: {},
    cwd: process.cwd(),
    signal: new AbortController().signal,
    onEvent: (event) => void events.push(event),
    now: () => new Date('2026-01-02T03:04:05Z'),
  };
}
