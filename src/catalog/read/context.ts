/** What each subject of a read is given: the names of all, and how access lists and options are read. */
import type { Grant } from '../model.ts';
import type { Names } from './names.ts';

export interface ReadContext {
  readonly major: number;
  readonly names: Names;
  readonly grants: (acl: string | null) => readonly Grant[];
}

/** The letters that pg_trigger, pg_rewrite and pg_event_trigger keep. */
export const enabledWords = { O: 'origin', D: 'disabled', R: 'replica', A: 'always' } as const;
export type EnabledLetter = keyof typeof enabledWords;

export const persistenceWords = { p: 'permanent', u: 'unlogged', t: 'temporary' } as const;
export type PersistenceLetter = keyof typeof persistenceWords;

const secretName = /passw|secret|token|credential|private|api_?key|access_?key|jwt/i;

/** Values of such names are secrets as a rule, and a catalog ends up in reports. */
export function withoutSecret(option: string): string {
  const at = option.indexOf('=');
  return at > 0 && secretName.test(option.slice(0, at)) ? `${option.slice(0, at)}=<not read>` : option;
}
