/**
 * Which database a command works on, and never the wrong one.
 *
 * `--database-url`, then the target of `--env`, then DATABASE_URL, then DATABASE_URL of `.env`, then the target of DBKIT_ENV
 * or of the default environment, then the embedded server. Sources that disagree stop a verb that writes.
 */
import { DbkitError } from '../errors.ts';
import type { ChooseTargetInput, ChosenEnvironment, Named, Source } from './target-sources.ts';
import { chooseEnvironments, environmentSource, findSources, parseTarget } from './target-sources.ts';

/** What was chosen; `url` may hold a password and is not for printing. */
export type TargetChoice = Named & {
  /** Name of the environment that applies, or null. */
  readonly environment: string | null;
  readonly protected: boolean;
  /** SET ROLE after connecting; null for what is not a URL. */
  readonly role: string | null;
  readonly passwordCommand: readonly string[] | null;
  /** What decided, in the words of `TargetDescription.source`. */
  readonly source: string;
  /** Sources that name another server and were passed over, which only a verb that reads may do. */
  readonly warnings: readonly string[];
};

/** Throws USAGE, TARGET_MISSING, TARGET_AMBIGUOUS, CONFIG_INVALID. Pure but for files that a URL names (a service). */
export function chooseTarget(input: ChooseTargetInput): TargetChoice {
  const { flags, writes } = input;
  const environments = chooseEnvironments(input);
  const [chosen] = environments;
  if (flags.target !== undefined) {
    if (flags.databaseUrl !== undefined) {
      throw new DbkitError('USAGE', '--target and --database-url name two targets', { hint: 'leave out one of them' });
    }
    // A database of our own making cannot be the wrong one: nothing else is looked at.
    return describe(parseTarget(flags.target, '--target'), chosen?.name ?? null, '--target', [], input);
  }
  const sources = findSources(input, environments);
  const [winner] = sources;
  if (winner === undefined) return fallBack(chosen, input);

  const others = sources.filter((source) => source.identity !== winner.identity && !yieldsTo(source, winner));
  const belonging = environmentOf(winner, chosen, input);
  const stranger = belonging.contradicts;
  if (writes && (others.length > 0 || stranger !== null)) throw ambiguous(winner, others, stranger);
  const warnings = others.map((other) => `${winner.name} decides; ${other.name} names another server: ${other.shown}`);
  return describe(
    winner.named,
    belonging.name,
    winner.name,
    stranger === null ? warnings : [...warnings, stranger],
    input,
  );
}

/** A default that nobody asked for does not contradict a flag that somebody typed. */
function yieldsTo(source: Source, winner: Source): boolean {
  return source.name === 'default environment' && winner.name.startsWith('--');
}

/**
 * The environment whose protections hold. They follow the server, not the way in which it was named: a URL that is the
 * target of an environment belongs to it. Otherwise it is the target that the chosen environment does not name itself.
 */
function environmentOf(
  winner: Source,
  chosen: ChosenEnvironment | undefined,
  input: ChooseTargetInput,
): { readonly name: string | null; readonly contradicts: string | null } {
  if (winner.environment !== null) return { name: winner.environment, contradicts: null };
  const owners = Object.keys(input.config.environments).filter((name) => identityOf(name, input) === winner.identity);
  if (chosen !== undefined && owners.includes(chosen.name)) return { name: chosen.name, contradicts: null };
  const [owner] = owners;
  // Only an environment without a target of its own can be the one that this source completes.
  const incomplete = chosen !== undefined && identityOf(chosen.name, input) === null ? chosen : undefined;
  const isDefault = incomplete?.by === 'default environment';
  if (owner !== undefined) {
    const contradicts =
      incomplete === undefined || isDefault
        ? null
        : `${winner.name} names the server of environment "${owner}", but ${incomplete.by} says "${incomplete.name}"`;
    return { name: owner, contradicts };
  }
  const applies = incomplete !== undefined && !(isDefault && winner.name.startsWith('--'));
  return { name: applies ? incomplete.name : null, contradicts: null };
}

/** Identity of an environment's target, or null when it has none or its variable is missing or unreadable. */
function identityOf(name: string, input: ChooseTargetInput): string | null {
  try {
    return environmentSource({ name, by: '--env' }, input)?.identity ?? null;
  } catch {
    return null;
  }
}

function ambiguous(winner: Source, others: readonly Source[], stranger: string | null): DbkitError {
  const [other] = others;
  if (other === undefined) {
    return new DbkitError('TARGET_AMBIGUOUS', stranger ?? '', {
      hint: 'correct the URL, or choose the environment it belongs to with --env',
    });
  }
  return new DbkitError(
    'TARGET_AMBIGUOUS',
    `${winner.name} and ${other.name} name different servers: ${winner.shown} and ${other.shown}`,
    {
      hint: `for the first: ${others.map((one) => one.silence).join(', ')}; for the second: ${winner.silence}`,
      details: others.slice(1).map((one) => `${one.name} names ${one.shown}`),
    },
  );
}

const serverVariables = ['PGHOST', 'PGHOSTADDR', 'PGSERVICE'] as const;

function fallBack(chosen: ChosenEnvironment | undefined, input: ChooseTargetInput): TargetChoice {
  const { environment } = input;
  if (chosen !== undefined) {
    throw new DbkitError('TARGET_MISSING', `environment "${chosen.name}" (${chosen.by}) has no target`, {
      hint: `give it a url in the config, set DATABASE_URL, or write --target embedded`,
    });
  }
  // psql would go there; the embedded server in its place would be a surprise.
  const variable = serverVariables.find((name) => environment[name]);
  if (variable !== undefined) {
    throw new DbkitError('TARGET_MISSING', `${variable} names a server, but no URL asks for it`, {
      hint: 'write --database-url postgresql:// to take everything from the PG variables, or --target embedded',
    });
  }
  if (isSet(environment.CI)) {
    throw new DbkitError('TARGET_MISSING', 'no target was named, and CI is set', {
      hint: 'set DATABASE_URL, choose an environment with --env, or write --target embedded',
    });
  }
  return describe({ kind: 'embedded' }, null, 'embedded', [], input);
}

/** `CI=false` is how one says that this is no pipeline. */
function isSet(variable: string | undefined): boolean {
  return variable !== undefined && !['', '0', 'false'].includes(variable.toLowerCase());
}

function describe(
  named: Named,
  environment: string | null,
  source: string,
  warnings: readonly string[],
  { config }: ChooseTargetInput,
): TargetChoice {
  const settings = environment === null ? undefined : config.environments[environment];
  const url = named.kind === 'url';
  return {
    ...named,
    environment,
    protected: settings?.protected ?? false,
    role: url ? (settings?.role ?? null) : null,
    passwordCommand: url ? (settings?.passwordCommand ?? null) : null,
    source,
    warnings,
  };
}
