/** Modules that a user's file gets from the running program instead of from a file, so that both have one copy. */

type Exports = Readonly<Record<string, unknown>>;

const scheme = 'provided:';
/** Where the source of such a module finds its exports: it is a module of its own and sees only what is global. */
const key = Symbol.for('dbkit.provided');
const provided = new Map<string, Exports>();
Object.defineProperty(globalThis, key, { value: provided, configurable: true });

/** From now on `import 'name'` of a user's file gives these exports. */
export function provideModule(name: string, exports: Exports): void {
  provided.set(name, exports);
}

export function isProvided(name: string): boolean {
  return provided.has(name);
}

export function providedUrl(name: string): string {
  return scheme + name;
}

/** The source of a provided module; null for any other URL. */
export function providedSource(url: string): string | null {
  if (!url.startsWith(scheme)) return null;
  const name = url.slice(scheme.length);
  const names = Object.keys(provided.get(name) ?? {}).filter(
    (one) => one !== 'default' && /^[A-Za-z_$][\w$]*$/.test(one),
  );
  return `export const { ${names.join(', ')} } = globalThis[Symbol.for('dbkit.provided')].get(${JSON.stringify(name)});`;
}
