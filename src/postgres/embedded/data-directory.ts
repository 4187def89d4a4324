/** Where the data of a project's embedded server lies, and who owns it. */
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Platform, PostgresMajor } from '../../config/schema.ts';
import { DbkitError } from '../../errors.ts';
import { canBeMade, canBeOurFolder, isOurFolder, nearestFolder, stateFolders } from './own-folder.ts';
import { isShortEnough } from './reach.ts';
import type { ServerUser } from './server-user.ts';
import { canEnter, serverUser } from './server-user.ts';

export interface DataDirectory {
  readonly path: string;
  /** `project`: below the project's `.dbkit`. `state`: the server's user cannot work there, so it lies with the user's (or root's) state. */
  readonly place: 'project' | 'state';
  readonly initialised: boolean;
  /** Whom the server runs as; null: as ourselves. */
  readonly user: ServerUser | null;
}

export interface ProjectCluster {
  readonly projectRoot: string;
  readonly major: PostgresMajor;
  readonly platform: Platform;
}

/**
 * The data directory of a project's server, with the folders above it. Data that exists wins over a place that is better, so
 * that a change of modes never hides it. Throws EMBEDDED_UNAVAILABLE when the data belongs to somebody else or to another
 * major, IO_FAILED when there is no place at all.
 */
export function locateDataDirectory(cluster: ProjectCluster): DataDirectory {
  return (
    findDataDirectory(cluster) ??
    choosePlace(cluster, { inProject: makeProjectFolder, inState: (folder) => isOurFolder(folder, 0o755) })
  );
}

/** Where `locateDataDirectory` finds the data or would have it made. Makes nothing; throws the same. */
export function foreseeDataDirectory(cluster: ProjectCluster): DataDirectory {
  return findDataDirectory(cluster) ?? choosePlace(cluster, { inProject: canBeMade, inState: canBeOurFolder });
}

/** The data directory that is there; null when there is none. Makes nothing. Throws EMBEDDED_UNAVAILABLE. */
export function findDataDirectory(cluster: ProjectCluster): DataDirectory | null {
  const { inProject, inState } = candidatesFor(cluster);
  const path = [inProject, ...inState].find((at) => existsSync(at));
  if (path === undefined) return null;
  return { path, place: path === inProject ? 'project' : 'state', ...existing(path, cluster) };
}

interface Provide {
  /** Whether there is such a folder below the project, to write in. */
  inProject(folder: string): boolean;
  inState(folder: string): boolean;
}

function choosePlace(cluster: ProjectCluster, provide: Provide): DataDirectory {
  const { root, inProject, inState } = candidatesFor(cluster);
  const user = serverUser();
  const isOpen = (folder: string) => canEnter(nearestFolder(folder), user);
  const mayLieInProject = (process.platform === 'linux' || isShortEnough(inProject)) && canEnter(root, user);
  const projectFolder = dirname(inProject);
  if (mayLieInProject && provide.inProject(projectFolder) && isOpen(projectFolder)) {
    return { path: inProject, place: 'project', initialised: false, user };
  }
  const path = inState.find((at) => provide.inState(dirname(at)) && isOpen(dirname(at)));
  if (path !== undefined) return { path, place: 'state', initialised: false, user };
  throw new DbkitError('IO_FAILED', `No folder for the data of the embedded server of ${root}`, {
    hint: 'make the project folder writable, or name a server: --database-url postgresql://…',
    details: [inProject, ...inState].map((at) => `tried ${at}`),
  });
}

function candidatesFor({ projectRoot, major, platform }: ProjectCluster) {
  const name = `${major}-${platform}`;
  const root = realpathSync(projectRoot);
  const inState = stateFolders().map((folder) => join(folder, projectKey(root), name));
  return { root, inProject: join(root, '.dbkit', 'postgres', name), inState };
}

function existing(path: string, cluster: ProjectCluster): Pick<DataDirectory, 'initialised' | 'user'> {
  const { uid, gid } = statSync(path);
  const we = process.geteuid?.() ?? 0;
  if (we !== 0 && uid !== we) {
    throw new DbkitError(
      'EMBEDDED_UNAVAILABLE',
      `The embedded server's data in ${path} belongs to another user (uid ${uid})`,
      {
        hint: 'run dbkit as the user who made it (root, if it was made with sudo), or remove the folder as that user',
      },
    );
  }
  const version = majorOf(path);
  if (version !== null && version !== String(cluster.major)) {
    throw new DbkitError(
      'EMBEDDED_UNAVAILABLE',
      `The data in ${path} is of PostgreSQL ${version}, not ${cluster.major}`,
      {
        hint: 'move the folder away, or start again with an empty one: dbkit db reset',
      },
    );
  }
  // Root serves whoever owns the data.
  return { initialised: version !== null, user: we !== 0 ? null : uid === 0 ? serverUser() : { uid, gid } };
}

function majorOf(path: string): string | null {
  try {
    return readFileSync(join(path, 'PG_VERSION'), 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function makeProjectFolder(folder: string): boolean {
  const dotFolder = dirname(folder);
  try {
    const first = mkdirSync(folder, { recursive: true });
    if (first !== undefined) {
      for (const made of [dotFolder, folder]) if (made.length >= first.length) chmodSync(made, 0o755);
      if (first === dotFolder) writeFileSync(join(dotFolder, '.gitignore'), '*\n');
    }
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function projectKey(root: string): string {
  const readable = basename(root)
    .replace(/[^a-zA-Z0-9._-]/g, '_')
    .slice(0, 24);
  return `${readable}-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
}
