/** A moment as a person types it for `--since`. */

const form = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:\d{2})?)?$/;

/** `2026-01-31`, `2026-01-31T12:00`, `2026-01-31 12:00:00+01:00`; in UTC when no zone is said. Null for anything else. */
export function parseSince(text: string): Date | null {
  const [, day, time = '00:00', zone = 'Z'] = form.exec(text) ?? [];
  if (day === undefined) return null;
  // JavaScript takes the 30th of February for the 2nd of March.
  const midnight = new Date(`${day}T00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return null;
  const moment = new Date(`${day}T${time}${zone}`);
  return Number.isNaN(moment.getTime()) ? null : moment;
}
