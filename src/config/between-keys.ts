/** Faults of a config that lie between its keys. */
import { nearest } from './nearest.ts';

/**
 * Asked of the text as it was written: a schema would ask only once everything else is right, and all faults belong into
 * one error.
 */
export function faultsBetweenKeys(value: unknown): readonly string[] {
  const { defaultEnvironment, environments } = asRecord(value);
  const known = asRecord(environments);
  const faults = Object.entries(known)
    .filter(([, one]) => asRecord(one).url !== undefined && asRecord(one).target !== undefined)
    .map(([name]) => `environments.${name}: has both url and target: one of them`);
  if (typeof defaultEnvironment === 'string' && !Object.hasOwn(known, defaultEnvironment)) {
    const near = nearest(defaultEnvironment, Object.keys(known));
    const question = near === null ? '' : `; did you mean "${near}"?`;
    faults.push(`defaultEnvironment: "${defaultEnvironment}" is not among environments${question}`);
  }
  return faults;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
