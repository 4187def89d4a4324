import { DbkitError } from '../../errors.ts';
import type { ParameterName } from './parameters.ts';

/** One of the allowed words. Throws CONFIG_INVALID with the list, or with what `mistaken` says to a known mistake. */
export function oneOf<const Word extends string>(
  name: ParameterName,
  value: string,
  words: readonly Word[],
  mistaken: Readonly<Record<string, string>> = {},
): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new DbkitError('CONFIG_INVALID', `connection parameter ${name}: "${value}" is not known`, {
    hint: mistaken[value] ?? `it is one of ${words.join(', ')}`,
  });
}

/** Throws CONFIG_INVALID. */
export function wholeNumber(name: ParameterName, value: string): number {
  const trimmed = value.trim();
  if (/^-?\d{1,9}$/.test(trimmed)) return Number(trimmed);
  throw new DbkitError('CONFIG_INVALID', `connection parameter ${name} is not a whole number`);
}
