/** Says, in place of a `down`, that a migration can not be undone. */

const reason: unique symbol = Symbol.for('dbkit.irreversible') as never;

export interface Irreversible {
  (): Promise<never>;
  readonly [reason]: string;
}

/**
 * `export const down = irreversible('the old names are not kept')`. `dbkit migrate down` stops before it, and says
 * why. Called by Kysely's own Migrator, it throws.
 */
export function irreversible(why: string): Irreversible {
  if (why.trim() === '') throw new TypeError('irreversible() wants the reason');
  const down = async (): Promise<never> => {
    throw new Error(`this migration is irreversible: ${why}`);
  };
  return Object.assign(down, { [reason]: why });
}

/** The reason when `down` was made by `irreversible`, else null. */
export function irreversibleReason(down: unknown): string | null {
  const why = typeof down === 'function' ? (down as Partial<Irreversible>)[reason] : undefined;
  return typeof why === 'string' ? why : null;
}
