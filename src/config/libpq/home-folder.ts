import { homedir } from 'node:os';

/** The home folder as libpq finds it (HOME, then the password database), or null where there is none. */
export function homeFolder(env: Readonly<Record<string, string | undefined>>): string | null {
  if (env.HOME) return env.HOME;
  try {
    return homedir();
  } catch {
    // A user id without an entry in the password database, as in many containers.
    return null;
  }
}
