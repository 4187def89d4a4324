/** New versions for migrations that came too late: after all others, in the form that the others have. */
import { compareCodePoints } from '../folder.ts';

/**
 * The names that `late` (in their order) get so that they sort after `last`, or null where the form of the version is
 * not known or has no room. A timestamp becomes that of now, a serial number the next one.
 */
export function nextNames(
  last: { readonly name: string; readonly version: string },
  late: readonly { readonly name: string; readonly version: string }[],
  now: Date,
): readonly string[] | null {
  if (!/^\d+$/.test(last.version)) return null;
  const width = last.version.length;
  const stamp = stampOf(now, width);
  const following = BigInt(last.version) + 1n;
  let version = stamp !== null && BigInt(stamp) > following ? BigInt(stamp) : following;
  const names: string[] = [];
  for (const one of late) {
    const text = String(version).padStart(width, '0');
    const name = text + one.name.slice(one.version.length);
    if (text.length !== width || compareCodePoints(name, names.at(-1) ?? last.name) <= 0) return null;
    names.push(name);
    version += 1n;
  }
  return names;
}

/** Minutes, seconds or milliseconds of the calendar in UTC, or milliseconds since 1970: told apart by their width. */
function stampOf(now: Date, width: number): string | null {
  if (width === 13) return String(now.getTime());
  const digits = now.toISOString().replace(/\D/g, '');
  return [12, 14, 17].includes(width) ? digits.slice(0, width) : null;
}

/** A word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
