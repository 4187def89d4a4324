import type { TargetDescription } from './target.ts';

/** Where a target is, for a person: `shop on db.example.org:5432`, `postgres on the embedded server`. */
export function whereIs({ kind, host, port, database }: TargetDescription): string {
  if (!host.startsWith('/')) return `${database} on ${host}:${port}`;
  return `${database} on ${kind === 'url' ? host : `the ${kind} server`}`;
}
