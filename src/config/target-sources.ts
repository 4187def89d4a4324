/** What names a target: flags, variables, `.env`, environments of the config; each with what it names. */
import { DbkitError } from '../errors.ts';
import type { Environment } from './environment.ts';
import { nearest } from './nearest.ts';
import { redactUrl } from './redact-url.ts';
import type { ResolvedConfig } from './schema.ts';
import { serverIdentity } from './server-identity.ts';

export interface TargetFlags {
  readonly databaseUrl?: string | undefined;
  readonly env?: string | undefined;
  /** `embedded` or `container:<image>`. */
  readonly target?: string | undefined;
}

export interface ChooseTargetInput {
  readonly flags: TargetFlags;
  /** Variables of the process. */
  readonly environment: Environment;
  /** Variables of `.env`. */
  readonly envFile: Environment;
  readonly config: ResolvedConfig;
  /** Whether the verb writes: then sources that disagree are refused. */
  readonly writes: boolean;
}

export type Named =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'embedded' }
  | { readonly kind: 'container'; readonly image: string };

/** One source that names a target. */
export interface Source {
  /** As a person knows it: `--database-url`, `--env staging`, `DATABASE_URL`, `.env`, `DBKIT_ENV`, `default environment`. */
  readonly name: string;
  readonly named: Named;
  /** The environment whose target it is. */
  readonly environment: string | null;
  /** Equal for two sources that name the same database. */
  readonly identity: string;
  /** What it names, for a message. */
  readonly shown: string;
  /** How to keep it from naming anything. */
  readonly silence: string;
}

/** The environment that was chosen by name, and who chose it. */
export interface ChosenEnvironment {
  readonly name: string;
  readonly by: '--env' | 'DBKIT_ENV' | 'default environment';
}

/** `--env`, else DBKIT_ENV, else the config's default. Throws USAGE for a name that the config does not know. */
export function chooseEnvironments({
  flags,
  environment,
  envFile,
  config,
}: ChooseTargetInput): readonly ChosenEnvironment[] {
  const chosen: ChosenEnvironment[] = [];
  if (flags.env !== undefined) chosen.push({ name: known(flags.env, '--env', config), by: '--env' });
  const variable = environment.DBKIT_ENV ?? envFile.DBKIT_ENV;
  if (variable !== undefined) chosen.push({ name: known(variable, 'DBKIT_ENV', config), by: 'DBKIT_ENV' });
  if (chosen.length === 0 && config.defaultEnvironment !== null) {
    chosen.push({ name: config.defaultEnvironment, by: 'default environment' });
  }
  return chosen;
}

function known(name: string, said: string, config: ResolvedConfig): string {
  if (name === '') throw emptyError(said);
  if (Object.hasOwn(config.environments, name)) return name;
  const names = Object.keys(config.environments);
  const near = nearest(name, names);
  throw new DbkitError('USAGE', `${said}: there is no environment "${name}"`, {
    hint:
      near !== null
        ? `did you mean "${near}"?`
        : names.length > 0
          ? `the config has ${names.join(', ')}`
          : `add it to "environments" of ${config.file ?? 'a dbkit.config.ts'}`,
  });
}

/** All sources that name a target, the strongest first. Throws TARGET_MISSING, CONFIG_INVALID. */
export function findSources(input: ChooseTargetInput, environments: readonly ChosenEnvironment[]): readonly Source[] {
  const { flags, environment, envFile } = input;
  const sources: (Source | null)[] = [];
  const fromUrl = (name: string, url: string | undefined, silence: string) => {
    if (url !== undefined) sources.push(urlSource(name, resolveReference(url, name, input), null, silence, input));
  };
  fromUrl('--database-url', flags.databaseUrl, 'leave out --database-url');
  for (const one of environments) if (one.by === '--env') sources.push(environmentSource(one, input));
  fromUrl('DATABASE_URL', environment.DATABASE_URL, 'unset DATABASE_URL');
  fromUrl('.env', envFile.DATABASE_URL, 'take DATABASE_URL out of .env');
  for (const one of environments) {
    if (one.by === '--env') continue;
    // A default that nobody asked for need not be complete when something else decides.
    const optional = one.by === 'default environment' && sources.some((source) => source !== null);
    sources.push(environmentSource(one, input, optional));
  }
  return sources.filter((source) => source !== null);
}

/** The target of an environment of the config; null when it has none. */
export function environmentSource(
  { name, by }: ChosenEnvironment,
  input: ChooseTargetInput,
  variableMayBeMissing = false,
): Source | null {
  const { url, target } = input.config.environments[name] ?? {};
  const label = by === '--env' ? `--env ${name}` : by;
  const silence =
    by === 'DBKIT_ENV' ? 'unset DBKIT_ENV' : by === '--env' ? `leave out --env ${name}` : 'choose with --env';
  if (target !== undefined) {
    const named = parseTarget(target, `environments.${name}.target`);
    return { name: label, named, environment: name, identity: target, shown: target, silence };
  }
  if (url === undefined) return null;
  if (variableMayBeMissing && lookUp(url, input) === undefined) return null;
  return urlSource(label, resolveReference(url, `environments.${name}.url`, input), name, silence, input);
}

function urlSource(
  name: string,
  url: string,
  environment: string | null,
  silence: string,
  input: ChooseTargetInput,
): Source {
  try {
    const identity = serverIdentity(url, input.environment);
    return { name, named: { kind: 'url', url }, environment, identity, shown: redactUrl(url), silence };
  } catch (error) {
    if (!(error instanceof DbkitError)) throw error;
    throw new DbkitError(error.code, `${name}: ${error.message}`, { hint: error.hint ?? undefined, cause: error });
  }
}

/** `embedded` or `container:<image>`. Throws USAGE. */
export function parseTarget(target: string, said: string): Named {
  if (target === 'embedded') return { kind: 'embedded' };
  const image = /^container:(\S+)$/.exec(target)?.[1];
  if (image !== undefined) return { kind: 'container', image };
  throw new DbkitError('USAGE', `${said}: "${redactTarget(target)}" is no target`, {
    hint: 'write embedded or container:<image>; a URL goes to --database-url',
  });
}

/** Somebody may give a URL with a password here. */
function redactTarget(target: string): string {
  return target.includes('://') ? redactUrl(target) : target;
}

/** What `env:NAME` stands for, in the variables of the process or else of `.env`; undefined when NAME is not set. */
function lookUp(url: string, { environment, envFile }: ChooseTargetInput): string | undefined {
  const name = /^env:(.*)$/.exec(url)?.[1];
  return name === undefined ? url : (environment[name] ?? envFile[name]);
}

function resolveReference(url: string, said: string, input: ChooseTargetInput): string {
  if (url === '') throw emptyError(said === '.env' ? 'DATABASE_URL of .env' : said);
  const value = lookUp(url, input);
  if (value !== undefined && value !== '') return value;
  const variable = url.slice('env:'.length);
  if (value === '') throw emptyError(variable, said);
  throw new DbkitError('TARGET_MISSING', `${said} is env:${variable}, and ${variable || 'no name'} is not set`, {
    hint: `set ${variable || 'a variable and name it'} to a URL, in the environment or in .env`,
  });
}

function emptyError(variable: string, said?: string): DbkitError {
  return new DbkitError('TARGET_MISSING', `${variable} is set but empty${said === undefined ? '' : ` (${said})`}`, {
    hint: 'in a pipeline this is often a secret that this run may not read (a fork) or whose name is wrong; set it, unset it, or write --target embedded',
  });
}
