/** The one door to kysely-codegen: an optional package, heavy, loaded when types are generated. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DbkitError } from '../errors.ts';

export type Codegen = typeof import('kysely-codegen');

/** The project's own copy, else the one beside dbkit. Throws DEPENDENCY_MISSING. */
export async function loadCodegen(projectRoot: string): Promise<Codegen> {
  const own = resolveFrom(projectRoot);
  try {
    return own === null ? await import('kysely-codegen') : ((await import(own)) as Codegen);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // It reads types with the compiler, which is not among its own dependencies.
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new DbkitError(
      'DEPENDENCY_MISSING',
      'dbkit types needs kysely-codegen and typescript, which are not installed',
      {
        hint: 'npm install --save-dev kysely-codegen typescript',
        cause: error,
      },
    );
  }
}

function resolveFrom(projectRoot: string): string | null {
  try {
    return pathToFileURL(createRequire(join(projectRoot, 'package.json')).resolve('kysely-codegen')).href;
  } catch {
    return null;
  }
}
