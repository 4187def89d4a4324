/** What lies on this machine: Node, PostgreSQL's binaries, pg_dump, kysely, what git would commit. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ResolvedConfig } from '../config/schema.ts';
import { DbkitError } from '../errors.ts';
import { findBinaries } from '../postgres/embedded/binaries.ts';
import { defaultMajor } from '../postgres/open-target.ts';
import { findPgDump } from '../postgres/pg-dump.ts';
import type { DoctorCheck } from './report.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface MachineOptions {
  readonly config: ResolvedConfig;
  readonly environment: Environment;
  /** Null: no server was reached. */
  readonly serverMajor: number | null;
  /** Whether the embedded server is the target; otherwise only scratch databases need it. */
  readonly embedded: boolean;
}

export async function checkMachine(options: MachineOptions): Promise<readonly DoctorCheck[]> {
  const { config, environment, serverMajor, embedded } = options;
  const major = config.postgres.version ?? defaultMajor;
  return [
    { name: 'node', state: 'ok', message: process.versions.node, hint: null },
    await attempt(
      'embedded server',
      embedded ? 'fail' : 'warn',
      async () => `PostgreSQL ${findBinaries(config.root, major).version}`,
    ),
    await attempt('pg_dump', 'warn', async () => {
      const { path, major: found } = await findPgDump(serverMajor ?? major, environment);
      return `${found}, ${path}`;
    }),
    kyselyCheck(config),
    await ignoredCheck(config),
  ];
}

async function attempt(name: string, otherwise: 'warn' | 'fail', work: () => Promise<string>): Promise<DoctorCheck> {
  try {
    return { name, state: 'ok', message: await work(), hint: null };
  } catch (error) {
    const hint = error instanceof DbkitError ? error.hint : null;
    return { name, state: otherwise, message: error instanceof Error ? error.message : String(error), hint };
  }
}

function kyselyCheck(config: ResolvedConfig): DoctorCheck {
  const name = 'kysely';
  try {
    const path = createRequire(join(config.root, 'package.json')).resolve('kysely');
    return { name, state: 'ok', message: path, hint: null };
  } catch {
    return {
      name,
      state: 'ok',
      message: 'not in this project: migrations use the one that came with dbkit',
      hint: null,
    };
  }
}

async function ignoredCheck({ root }: ResolvedConfig): Promise<DoctorCheck> {
  const name = 'git';
  const wanted = ['.env', '.dbkit'].filter((path) => existsSync(join(root, path)));
  if (wanted.length === 0) return { name, state: 'skipped', message: 'no .env and no .dbkit here', hint: null };
  const loose: string[] = [];
  for (const path of wanted) {
    // What lies inside of a folder counts: .dbkit brings a .gitignore of its own.
    const inside = path === '.dbkit' ? '.dbkit/postgres' : path;
    // 0: ignored · 1: not · 128: no repository
    const status = await promisify(execFile)('git', ['-C', root, 'check-ignore', '-q', inside]).then(
      () => 0,
      (error: { code?: unknown }) => error.code,
    );
    if (status === 1) loose.push(path);
    else if (status !== 0) return { name, state: 'skipped', message: 'not a git repository', hint: null };
  }
  if (loose.length === 0)
    return {
      name,
      state: 'ok',
      message: `${wanted.join(' and ')} ${wanted.length === 1 ? 'is' : 'are'} ignored`,
      hint: null,
    };
  return {
    name,
    state: 'warn',
    message: `git would commit ${loose.join(' and ')}`,
    hint: `add to .gitignore: ${loose.join(', ')}`,
  };
}
