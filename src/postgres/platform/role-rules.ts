/** What supautils refuses about roles: those that Supabase keeps for itself, and those that lead to the server's files. */
import type { HostedLists } from './hosted-lists.ts';
import type { HostedRefusal } from './hosted-refusal.ts';
import type { ObjectStatement } from './statement-shape.ts';
import { WordCursor } from './statement-shape.ts';

export function roleRefusals(
  words: readonly string[],
  object: ObjectStatement | null,
  lists: HostedLists,
): readonly HostedRefusal[] {
  const isRole = object !== null && (object.kind === 'role' || object.kind === 'user' || object.kind === 'group');
  if (isRole) return roleStatement(object, lists);
  if (words[0] === 'grant' || words[0] === 'revoke') return membership(words, lists);
  return sessionRole(words);
}

function roleStatement({ verb, targets, rest }: ObjectStatement, lists: HostedLists): readonly HostedRefusal[] {
  if (verb === 'comment on') return [];
  const cursor = new WordCursor(rest);
  if (verb === 'alter' && cursor.accept('in database')) cursor.identifier();
  const setting = verb === 'alter' && (cursor.accept('set') || cursor.accept('reset'));
  const renamed = cursor.accept('rename to') ? cursor.identifier() : null;
  const names = [...targets.map((target) => target.name), ...(renamed === null ? [] : [renamed])];
  const refusals = names
    .filter((name) => {
      const role = lists.reservedRoles.get(name);
      return role !== undefined && !(setting && role.configurable);
    })
    .map((name) => reservedRole(name));
  const options = setting || renamed !== null ? [] : rest;
  if (options.includes('superuser') || (verb === 'alter' && options.includes('nosuperuser'))) {
    refusals.push({ rule: 'superuser-role', message: 'postgres may not make a superuser, nor unmake one' });
  }
  if (verb === 'alter' && options.length > 0 && names.includes('postgres')) {
    refusals.push({ rule: 'reserved-role', message: 'postgres may not alter itself, only its settings' });
  }
  for (const clause of ['role', 'group']) {
    const into = new WordCursor(options);
    if (!into.seek('in') || !into.accept(clause)) continue;
    refusals.push(...into.names().flatMap(({ name }) => reservedMembership(name, lists)));
  }
  return refusals;
}

/** GRANT role TO role: no ON, which would make it a grant of privileges. */
function membership(words: readonly string[], lists: HostedLists): readonly HostedRefusal[] {
  if (words.includes('on')) return [];
  const cursor = new WordCursor(words.slice(1));
  cursor.skip('admin option for', 'inherit option for', 'set option for');
  const roles = cursor.names();
  const granting = words[0] === 'grant';
  if (!cursor.accept(granting ? 'to' : 'from')) return [];
  const members = cursor.skip('group').names();
  return [
    ...(granting ? roles.flatMap(({ name }) => reservedMembership(name, lists)) : []),
    ...members
      .filter(({ name }) => lists.reservedRoles.get(name)?.configurable === false)
      .map(({ name }) => reservedRole(name)),
  ];
}

function sessionRole(words: readonly string[]): readonly HostedRefusal[] {
  const cursor = new WordCursor(words);
  if (cursor.accept('alter default privileges')) {
    cursor.skip('in schema');
    const given = cursor.seek('for') && (cursor.accept('role') || cursor.accept('user'));
    return given ? cursor.names().flatMap(({ name }) => serviceRole(name, 'change default privileges of')) : [];
  }
  if (!cursor.accept('set')) return [];
  cursor.skip('session authorization', 'local', 'session', 'role', 'authorization', '=', 'to');
  const changesRole = words.includes('role') || words.includes('authorization');
  const name = changesRole && cursor.at > 1 ? cursor.identifier() : null;
  return name === null ? [] : serviceRole(name, 'become');
}

const serviceRole = (name: string, what: string): readonly HostedRefusal[] =>
  /^supabase_(\w+_)?admin$/.test(name)
    ? [{ rule: 'service-role', message: `postgres may not ${what} ${name}: it is no member of that role` }]
    : [];

const reservedRole = (name: string): HostedRefusal => ({
  rule: 'reserved-role',
  message: `${name} is a reserved role, which only Supabase may change`,
});

function reservedMembership(name: string, lists: HostedLists): readonly HostedRefusal[] {
  if (!lists.reservedMemberships.has(name)) return [];
  return [{ rule: 'reserved-membership', message: `membership of ${name} is reserved, only Supabase may grant it` }];
}
