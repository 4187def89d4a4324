import { whereIs } from '../postgres/describe-target.ts';
import type { TargetDescription } from '../postgres/target.ts';

/** The line that stands before everything that writes: where, as whom, and what decided it. */
export function renderTarget(target: TargetDescription): string {
  const parts = [
    target.environment === null ? null : `environment ${target.environment}${target.protected ? ' (protected)' : ''}`,
    `role ${target.role}`,
    target.marker === null ? 'no marker' : `marker ${target.marker}`,
    `from ${target.source}`,
  ];
  return `target: ${whereIs(target)} — ${parts.filter((part) => part !== null).join(', ')}`;
}
