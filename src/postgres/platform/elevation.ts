/**
 * What Supabase lets `postgres` do although PostgreSQL does not, and as whom the stand-in has to do it.
 *
 * supautils runs such a statement as supabase_admin. So does the runner here, for exactly that statement (asRole in
 * become-role.ts): a membership in the owner's role would also open ALTER TABLE and REVOKE, and the owner of the files
 * could not write a policy that calls auth.uid(), having no USAGE on schema auth.
 */
import { quoteIdentifier } from '../quote.ts';
import type { HostedLists } from './hosted-lists.ts';
import { hostedLists, managedSchemas } from './hosted-lists.ts';
import { innerStatements } from './inner-statements.ts';
import { asText, objectStatement } from './statement-shape.ts';

export interface ElevationOptions {
  /** Before 16 only a superuser makes roles with BYPASSRLS or REPLICATION. Default 18. */
  readonly major?: number;
  readonly lists?: HostedLists;
}

/**
 * The role to run this one statement as, or null: as `postgres`. A DO block only when everything it does asks for the
 * same role: policies in `begin … exception when duplicate_object`, say.
 */
export function elevationFor(text: string, options: ElevationOptions = {}): string | null {
  const inner = innerStatements(text);
  const [first] = inner;
  if (first === undefined || (!first.nested && inner.length > 1)) return null;
  const roles = new Set(inner.map(({ words }) => elevationOf(words, options)));
  const [role] = roles;
  return roles.size === 1 && role !== undefined ? role : null;
}

function elevationOf(words: readonly string[], options: ElevationOptions): string | null {
  const lists = options.lists ?? hostedLists();
  const object = objectStatement(words);
  if (object === null) return null;
  const { verb, kind, targets, rest } = object;
  const [target] = targets;
  const superuser = 'supabase_admin';
  switch (kind) {
    case 'policy':
      return target !== undefined && lists.policyTables.has(asText(target)) ? superuser : null;
    case 'trigger':
      return verb === 'drop' && target !== undefined && lists.triggerTables.has(asText(target)) ? superuser : null;
    case 'extension':
      return verb === 'comment on' || (targets.length > 0 && targets.every(({ name }) => lists.extensions.has(name)))
        ? superuser
        : null;
    case 'event trigger':
    case 'foreign data wrapper':
      return superuser;
    case 'publication':
      return verb !== 'comment on' && (verb !== 'create' || ofWholeSchemas(rest) || ofServices(rest))
        ? superuser
        : null;
    case 'role':
    case 'user':
      return verb !== 'drop' && (options.major ?? 18) < 16 && attributes(rest) ? superuser : null;
    default:
      return null;
  }
}

/** Tables that `postgres` does not own, and that Supabase lets it publish nevertheless. */
const ofServices = (rest: readonly string[]) =>
  rest.some((word, index) => rest[index + 1] === '.' && managedSchemas[word.replace(/^"(.*)"$/, '$1')] !== undefined);

const ofWholeSchemas = (rest: readonly string[]) => /^for (all tables|tables in schema)\b/.test(rest.join(' '));

/** BYPASSRLS and REPLICATION, and nothing that supautils would still refuse. */
const attributes = (rest: readonly string[]) =>
  (rest.includes('bypassrls') || rest.includes('replication')) && !rest.includes('superuser');

/**
 * What else to run as the elevated role, or null. Supabase makes `postgres` the owner of wrappers, also of those that
 * an extension brings; PostgreSQL wants a superuser as owner, so here it gets what CREATE SERVER asks for.
 */
export function afterElevation(text: string): string | null {
  const [first, ...more] = innerStatements(text);
  const object = first === undefined || more.length > 0 ? null : objectStatement(first.words);
  const name = object?.verb === 'create' ? object.targets[0]?.name : undefined;
  if (name === undefined) return null;
  const wrapper = object?.kind === 'foreign data wrapper' || (object?.kind === 'extension' && name.endsWith('_fdw'));
  return wrapper ? `grant usage on foreign data wrapper ${quoteIdentifier(name)} to postgres with grant option` : null;
}
