/** What grantees hold: told one by one, and given or taken. */
import { quoteIdentifier } from '../../postgres/quote.ts';
import type { Difference } from '../difference.ts';
import type { DefaultPrivilege, Grant } from '../model.ts';
import { dollarQuoted, roleName } from './sql.ts';

export interface Granted {
  readonly owner: string;
  readonly grants: readonly Grant[];
}

/** What one grantee holds by one grantor, on both sides. */
interface Pair {
  readonly grantee: string;
  readonly grantor: string;
  readonly before: Grant | null;
  readonly after: Grant | null;
}

/** How an object's grants are written: `on table public.orders`, and for columns `(total)` behind each privilege. */
export interface GrantTarget {
  readonly on: string;
  readonly columns?: string;
  /** In front of the verb, with its space: `alter default privileges …`. */
  readonly head?: string;
}

/** A line a grantee; a change of owner that renames grants is no difference of its own. */
export function compareGrants(
  before: Granted,
  after: Granted,
  target: GrantTarget,
): readonly Pick<Difference, 'before' | 'after' | 'words' | 'sql'>[] {
  const pairs = pairsOf(before, after);
  const grantees = [...new Set(pairs.map(({ grantee }) => grantee))];
  return grantees.map((grantee) => {
    const its = pairs.filter((pair) => pair.grantee === grantee);
    return {
      before: textOf(
        grantee,
        its.map((pair) => pair.before),
      ),
      after: textOf(
        grantee,
        its.map((pair) => pair.after),
      ),
      words: its.map((pair) => wordsOf(pair, after.owner)).join(', '),
      sql: its.flatMap((pair) => statementsOf(pair, after.owner, target)).join('\n'),
    };
  });
}

export function mendGrants(before: Granted, after: Granted, target: GrantTarget): readonly string[] {
  return pairsOf(before, after).flatMap((pair) => statementsOf(pair, after.owner, target));
}

/** Pairs that differ. */
function pairsOf(before: Granted, after: Granted): readonly Pair[] {
  const had = byPair(before.grants, before.owner, after.owner);
  const has = byPair(after.grants, after.owner, after.owner);
  return [...new Set([...had.keys(), ...has.keys()])]
    .sort()
    .map((key) => {
      const [grantee = '', grantor = ''] = key.split('\0');
      return { grantee, grantor, before: had.get(key) ?? null, after: has.get(key) ?? null };
    })
    .filter((pair) => JSON.stringify(contents(pair.before)) !== JSON.stringify(contents(pair.after)));
}

function contents(grant: Grant | null): unknown {
  return [grant?.privileges ?? [], grant?.grantable ?? []];
}

/** With a new owner in the place of the old one, as ALTER … OWNER TO does. */
function byPair(grants: readonly Grant[], owner: string, newOwner: string): ReadonlyMap<string, Grant> {
  const map = new Map<string, Grant>();
  const as = (role: string) => (role === owner ? newOwner : role);
  for (const grant of grants) {
    const key = `${as(grant.grantee)}\0${as(grant.grantor)}`;
    const other = map.get(key);
    const union = (one: readonly string[], two: readonly string[] = []) => [...new Set([...one, ...two])].sort();
    map.set(key, {
      grantee: as(grant.grantee),
      grantor: as(grant.grantor),
      privileges: union(grant.privileges, other?.privileges),
      grantable: union(grant.grantable, other?.grantable),
    });
  }
  return map;
}

function wordsOf({ grantee, grantor, before, after }: Pair, owner: string): string {
  const list = (privileges: readonly string[]) => privileges.join(', ');
  const more = minus(after?.privileges, before?.privileges);
  const less = minus(before?.privileges, after?.privileges);
  const both = (privilege: string) => before?.privileges.includes(privilege) && after?.privileges.includes(privilege);
  const morePassed = minus(after?.grantable, before?.grantable);
  const lessPassed = minus(before?.grantable, after?.grantable).filter(both);
  const by = grantor === owner ? '' : `, granted by ${grantor}`;
  const parts = [
    more.length > 0 ? `may also ${list(more)}` : '',
    less.length > 0 ? `may no longer ${list(less)}` : '',
    morePassed.length > 0 ? `may now pass on ${list(morePassed)}` : '',
    lessPassed.length > 0 ? `may no longer pass on ${list(lessPassed)}` : '',
  ].filter((part) => part !== '');
  return `${grantee === 'public' ? 'everybody' : grantee} ${parts.join(' and ')}${by}`;
}

function textOf(grantee: string, grants: readonly (Grant | null)[]): string | null {
  const held = grants.filter((grant) => grant !== null);
  if (held.length === 0) return null;
  return held
    .map(({ privileges, grantable }) => {
      const all = privileges.map((one) => (grantable.includes(one) ? `${one}*` : one));
      return `${grantee}: ${all.join(', ')}`;
    })
    .join('; ');
}

function minus(from: readonly string[] = [], what: readonly string[] = []): readonly string[] {
  return from.filter((item) => !what.includes(item));
}

function statementsOf(pair: Pair, owner: string, target: GrantTarget): readonly string[] {
  const { before, after } = pair;
  const head = target.head ?? '';
  const what = (privileges: readonly string[]) =>
    privileges.map((privilege) => `${privilege.toLowerCase()}${target.columns ?? ''}`).join(', ');
  const who = roleName(pair.grantee);
  const less = minus(before?.privileges, after?.privileges);
  const lessPassed = minus(before?.grantable, after?.grantable).filter((one) => !less.includes(one));
  const passed = minus(after?.grantable, before?.grantable);
  const more = minus(after?.privileges, before?.privileges).filter((one) => !passed.includes(one));
  const statements = [
    less.length > 0 ? `${head}revoke ${what(less)} ${target.on} from ${who};` : '',
    lessPassed.length > 0 ? `${head}revoke grant option for ${what(lessPassed)} ${target.on} from ${who};` : '',
    more.length > 0 ? `${head}grant ${what(more)} ${target.on} to ${who};` : '',
    passed.length > 0 ? `${head}grant ${what(passed)} ${target.on} to ${who} with grant option;` : '',
  ].filter((statement) => statement !== '');
  return pair.grantor === owner || target.head !== undefined
    ? statements
    : statements.map((statement) => asRole(pair.grantor, statement));
}

/** GRANT runs as the owner whoever says it; another grantor has to say it. The role of before is taken again. */
function asRole(role: string, statement: string): string {
  const body = `declare before_it text := pg_catalog.current_setting('role');
begin
  set local role ${quoteIdentifier(role)};
  ${statement}
  perform pg_catalog.set_config('role', before_it, true);
end`;
  return `do ${dollarQuoted(body)};`;
}

/** What the default privileges of the database may have given to a new object, whoever makes it, before its own grants. */
export function newGrants(
  object: Granted & { readonly schema?: string },
  objects: DefaultPrivilege['objects'],
  defaults: readonly DefaultPrivilege[],
  target: GrantTarget,
  major: number,
): readonly string[] {
  const its = defaults.filter(
    (one) => one.objects === objects && (one.schema === null || one.schema === object.schema),
  );
  const builtIn = builtInGrants(object.owner, objects, major);
  const given = its.flatMap(({ grants, role }) => grants.filter(({ grantee }) => grantee !== role));
  const possible = new Set([...builtIn, ...given].map(({ grantee }) => grantee));
  possible.delete(object.owner);
  const doubtful = new Set(its.length === 0 ? [] : possible);
  const revoked = [...doubtful].sort();
  const lists = (grants: readonly Grant[]) => grants.filter(({ grantee }) => !doubtful.has(grantee));
  const rest = mendGrants({ owner: object.owner, grants: lists(builtIn) }, object, target);
  return [
    ...(revoked.length > 0 ? [`revoke all ${target.on} from ${revoked.map(roleName).join(', ')};`] : []),
    ...rest,
  ];
}

const ownersPrivileges: Readonly<Record<DefaultPrivilege['objects'] | 'wrappers', readonly string[]>> = {
  tables: ['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'],
  sequences: ['SELECT', 'UPDATE', 'USAGE'],
  functions: ['EXECUTE'],
  types: ['USAGE'],
  schemas: ['CREATE', 'USAGE'],
  'large objects': ['SELECT', 'UPDATE'],
  wrappers: ['USAGE'],
};

/** acldefault(). MAINTAIN is the owner's from 17 on, see `major`. */
export function builtInGrants(
  owner: string,
  objects: DefaultPrivilege['objects'] | 'wrappers',
  major = 0,
): readonly Grant[] {
  const privileges = ownersPrivileges[objects];
  const all = objects === 'tables' && major >= 17 ? [...privileges, 'MAINTAIN'].sort() : privileges;
  const own = { grantee: owner, grantor: owner, privileges: all, grantable: [] };
  if (objects !== 'functions' && objects !== 'types') return [own];
  return [own, { ...own, grantee: 'public' }];
}
