/** Where dbkit itself lies. The same for the sources and for every file of the build, however deep it is. */
import { existsSync, readFileSync } from 'node:fs';

/** The folder of dbkit's package: it holds package.json and the reference application. */
export function ownPackageRoot(): URL {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', folder))) folder = new URL('..', folder);
  return folder;
}

export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('package.json', ownPackageRoot()), 'utf8')) as {
    version: string;
  };
  return version;
}
