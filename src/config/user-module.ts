/** Imports files that users write: config, migrations, seeds, checks. They import `dbkit` and `kysely` by name. */
import { existsSync, readFileSync } from 'node:fs';
import type { ResolveFnOutput } from 'node:module';
import { registerHooks } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Location } from '../errors.ts';
import { DbkitError } from '../errors.ts';
import { isProvided, providedSource, providedUrl } from './provided-modules.ts';
import type { KyselyModule } from './user-kysely.ts';
import { carryKysely, resolveKysely } from './user-kysely.ts';

/**
 * The exports of a user's file. `dbkit` inside it is the dbkit that is running, wherever that is installed; `kysely` is
 * the user's own copy, else the one beside dbkit. Throws FILE_INVALID with file and line when the file cannot be read,
 * parsed, or throws while it is loaded. Node keeps a module for as long as the process lives; `version`, a checksum of
 * the text, makes it read a file again that was edited since.
 */
export async function importUserModule(path: string, version?: string): Promise<Record<string, unknown>> {
  registerResolution();
  refuseBelowNodeModules(path);
  try {
    const url = pathToFileURL(path).href + (version === undefined ? '' : `?v=${version.slice(0, 16)}`);
    if (/\.m?ts$/.test(path)) asked.add(url);
    return (await import(url)) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof DbkitError) throw error;
    throw loadError(path, error);
  }
}

/** The copy of kysely that a user's file gets when it imports it. Throws Node's error where there is none. */
export async function importKyselyOf(path: string): Promise<KyselyModule> {
  registerResolution();
  await carryKysely();
  // Our hook alone can ask Node as if it were that file, and only for what a module imports.
  const asking = `export * from ${JSON.stringify(kyselyOf + pathToFileURL(path).href)}`;
  return (await import(`data:text/javascript,${encodeURIComponent(asking)}`)) as KyselyModule;
}

/** Begins a specifier that asks for the kysely of the file whose URL follows. */
const kyselyOf = 'kysely-of:';

/** Who requires it gets the same copy as who imports it. */
const importConditions = ['node', 'import', 'module-sync', 'node-addons'];

/** URLs of TypeScript files that are being imported. */
const asked = new Set<string>();

let registered = false;

function registerResolution(): void {
  if (registered) return;
  registered = true;
  const entry = isProvided('dbkit') ? { url: providedUrl('dbkit'), format: 'module' } : { url: publicEntry() };
  registerHooks({
    resolve(specifier, context, next) {
      // Whole as it is, and read by `importUserModule` before: Node need not look for it.
      if (asked.has(specifier)) return asModule({ url: specifier, shortCircuit: true });
      const nextResolve: typeof next = (...rest) => asModule(next(...rest));
      if (specifier === 'dbkit') return { ...entry, shortCircuit: true };
      const asking = specifier.startsWith(kyselyOf) ? specifier.slice(kyselyOf.length) : context.parentURL;
      if ((specifier === 'kysely' || specifier.startsWith(kyselyOf)) && asking !== undefined) {
        const imported = { ...context, conditions: importConditions };
        const resolved = resolveKysely(asking, (parentURL) => nextResolve('kysely', { ...imported, parentURL }));
        return { ...resolved, shortCircuit: true };
      }
      const elsewhere = secondPlace(specifier, context.parentURL);
      if (elsewhere === null) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
        try {
          return nextResolve(elsewhere.specifier, { ...context, parentURL: elsewhere.parentURL });
        } catch {
          throw error;
        }
      }
    },
    load(url, context, nextLoad) {
      const source = providedSource(url);
      return source === null ? nextLoad(url, context) : { source, format: 'module', shortCircuit: true };
    },
  });
}

/** TypeScript is written with import and export, whatever the package.json above it says (npm writes "commonjs"). */
function asModule(found: ResolveFnOutput): ResolveFnOutput {
  return /^file:[^?]*\.m?ts(?:\?|$)/.test(found.url) ? { ...found, format: 'module-typescript' } : found;
}

/** Where to look for a module that is not where Node looks: parts of kysely beside dbkit, `./names.ts` for `./names.js`. */
function secondPlace(
  specifier: string,
  parentURL: string | undefined,
): { readonly specifier: string; readonly parentURL: string } | null {
  if (specifier.startsWith('kysely/')) return { specifier, parentURL: import.meta.url };
  // TypeScript's own convention, when it compiles for Node, is to import a file by the name that it will have.
  if (parentURL === undefined || !/^file:[^?]*\.m?ts(?:\?|$)/.test(parentURL) || !/^\.{1,2}\//.test(specifier))
    return null;
  const source = specifier.replace(/\.(m?)js$/, '.$1ts');
  return source === specifier ? null : { specifier: source, parentURL };
}

/** URL of dbkit's public entry: built when this file is, the sources when this file is one of them. */
function publicEntry(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isOwnPackage(folder)) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the package of dbkit was not found above its own code');
    folder = parent;
  }
  const built = fileURLToPath(import.meta.url).startsWith(join(folder, 'dist') + sep);
  return pathToFileURL(built ? join(folder, 'dist', 'index.js') : join(folder, 'src', 'index.ts')).href;
}

function isOwnPackage(folder: string): boolean {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return false;
  return (JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown }).name === 'dbkit';
}

/** Node strips types outside of node_modules only, and its own message does not say what to do. */
function refuseBelowNodeModules(path: string): void {
  if (!/\.[cm]?ts$/.test(path) || !path.split(sep).includes('node_modules')) return;
  throw new DbkitError('FILE_INVALID', `${path}: Node does not run TypeScript below node_modules`, {
    hint: 'copy the file into the project, or compile it to JavaScript',
    location: { file: path, line: null, column: null },
  });
}

function loadError(path: string, error: unknown): DbkitError {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: '', message: String(error) };
  const why =
    code === 'ENOENT' ? 'no such file' : (message.split('\n').find((line) => line.trim() !== '') ?? 'it failed');
  return new DbkitError('FILE_INVALID', `cannot load ${path}: ${why}`, {
    hint: hintFor(code, message),
    location: locate(path, error),
    cause: error,
  });
}

function hintFor(code: string | undefined, message: string): string | undefined {
  switch (code) {
    case 'ERR_MODULE_NOT_FOUND': {
      const name = /Cannot find package '([^']+)'/.exec(message)?.[1];
      return name === undefined
        ? 'a relative import needs the extension of the file: ./statuses.ts'
        : `install it: npm install ${name}`;
    }
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return 'copy the file into the project, or compile it to JavaScript';
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return 'Node only removes types: no enum, no namespace with values, no parameter properties';
    default:
      return undefined;
  }
}

/** Where in the user's file: from the stack, in which Node writes the place of most syntax errors too. */
function locate(path: string, error: unknown): Location {
  const stack = (error instanceof Error ? (error.stack ?? '') : '').replaceAll(/\?v=[0-9a-f]+(?=:)/g, '');
  const place = placeIn(stack, path) ?? (error instanceof SyntaxError ? placeIn(parseAgain(path), path) : null);
  return { file: path, line: place?.line ?? null, column: place?.column ?? null };
}

function placeIn(text: string, path: string): { readonly line: number; readonly column: number | null } | null {
  for (const name of [pathToFileURL(path).href, path]) {
    const at = text.indexOf(`${name}:`);
    const place = at === -1 ? null : /^:(\d+)(?::(\d+))?/.exec(text.slice(at + name.length));
    if (place !== null) return { line: Number(place[1]), column: place[2] ? Number(place[2]) : null };
  }
  return null;
}

/** A JavaScript module with a syntax error is reported without its line; Node's own check knows it. */
function parseAgain(path: string): string {
  // Asked for here: loading it costs every command a tenth of an empty Node.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' }).stderr;
}
