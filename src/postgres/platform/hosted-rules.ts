/**
 * What plain PostgreSQL may allow and Supabase refuses, read from the text of a statement before it runs: a migration
 * that passes on the stand-in and fails on the real thing would prove nothing.
 *
 * It reads the statement and the insides of DO blocks, not function bodies or text that is put together at run time.
 */
import type { HostedLists } from './hosted-lists.ts';
import { hostedLists, managedSchemas } from './hosted-lists.ts';
import type { HostedRefusal } from './hosted-refusal.ts';
import { innerStatements } from './inner-statements.ts';
import { roleRefusals } from './role-rules.ts';
import type { ObjectStatement, QualifiedName } from './statement-shape.ts';
import { asText, objectStatement, WordCursor } from './statement-shape.ts';

/** Every refusal to expect of the statements in `text`, in their order. Empty when Supabase would run them. */
export function findHostedRefusals(text: string, lists: HostedLists = hostedLists()): readonly HostedRefusal[] {
  return innerStatements(text).flatMap(({ words }) => {
    const object = objectStatement(words);
    return [
      ...(object === null ? [] : objectRefusals(object, lists)),
      ...roleRefusals(words, object, lists),
      ...serverRefusals(words),
    ];
  });
}

function objectRefusals(object: ObjectStatement, lists: HostedLists): readonly HostedRefusal[] {
  const { verb, kind, targets, rest } = object;
  if (kind === 'system' && verb === 'alter') {
    return [{ rule: 'alter-system', message: 'ALTER SYSTEM is for superusers; Supabase sets such parameters itself' }];
  }
  return [
    ...targets.filter((target) => isManaged(object, target, lists)).map((target) => managed(object, target)),
    ...ownerRefusals(object),
    ...languageRefusals(kind, verb, targets, rest),
    ...(verb !== 'comment on' && superuserKinds.has(kind)
      ? [
          {
            rule: 'superuser-object',
            message: `${verb.toUpperCase()} ${kind.toUpperCase()} is for superusers`,
          } as const,
        ]
      : []),
  ];
}

const superuserKinds = new Set([
  'access method',
  'operator class',
  'operator family',
  'tablespace',
  'text search parser',
  'text search template',
]);

/** Of a service, and not among the policies and triggers that `postgres` may have on its tables. */
function isManaged({ verb, kind }: ObjectStatement, target: QualifiedName, lists: HostedLists): boolean {
  if (kind === 'schema') return verb !== 'create' && managedSchemas[target.name] !== undefined;
  if (target.schema === null || managedSchemas[target.schema] === undefined) return false;
  if (kind === 'policy') return !lists.policyTables.has(asText(target));
  if (kind === 'trigger' && verb === 'create') return false;
  if (kind === 'trigger' && verb === 'drop') return !lists.triggerTables.has(asText(target));
  return true;
}

function managed({ verb, kind }: ObjectStatement, target: QualifiedName): HostedRefusal {
  const schema = kind === 'schema' ? target.name : (target.schema ?? '');
  const what = `${verb} ${kind}`.toUpperCase();
  const message = `${what} on ${asText(target)}: ${schema} belongs to ${managedSchemas[schema]}, postgres may not change it`;
  return { rule: 'managed-schema', message };
}

/** OWNER TO and AUTHORIZATION hand an object to a role that `postgres` is no member of. */
function ownerRefusals({ verb, kind, rest }: ObjectStatement): readonly HostedRefusal[] {
  const cursor = new WordCursor(rest);
  const handed = verb === 'alter' && cursor.seek('owner') && cursor.accept('to') ? cursor.identifier() : null;
  const start = new WordCursor(rest);
  const made = verb === 'create' && kind === 'schema' && start.accept('authorization') ? start.identifier() : null;
  const owner = handed ?? made;
  if (owner === null || !/^supabase_.*_admin$|^supabase_admin$/.test(owner)) return [];
  return [
    { rule: 'platform-owner', message: `postgres may not give an object to ${owner}: it is no member of that role` },
  ];
}

const untrusted = /^(c|internal|plpython\w*|plperlu|pltclu)$/;

function languageRefusals(
  kind: string,
  verb: ObjectStatement['verb'],
  targets: readonly QualifiedName[],
  rest: readonly string[],
): readonly HostedRefusal[] {
  if (verb !== 'create') return [];
  const cursor = new WordCursor(rest);
  const routine = kind === 'function' || kind === 'procedure';
  const language =
    kind === 'extension' || kind === 'language'
      ? targets[0]?.name
      : routine && cursor.seek('language')
        ? cursor.rest[0]
        : '';
  const name = language?.replace(/^["']|["']$/g, '').toLowerCase() ?? '';
  if (!untrusted.test(name)) return [];
  return [
    { rule: 'untrusted-language', message: `language ${name} is for superusers, and Supabase does not offer it` },
  ];
}

const fileFunctions = new Set([
  'pg_read_file',
  'pg_read_binary_file',
  'pg_ls_dir',
  'pg_stat_file',
  'lo_import',
  'lo_export',
]);

function serverRefusals(words: readonly string[]): readonly HostedRefusal[] {
  const refusals: HostedRefusal[] = [];
  const cursor = new WordCursor(words);
  if (cursor.accept('copy')) {
    const direction = cursor.seek('from') || cursor.seek('to');
    const aim = direction ? cursor.rest[0] : undefined;
    if (aim === 'program' || aim?.startsWith("'")) {
      const what = aim === 'program' ? 'a program' : 'a file';
      refusals.push({ rule: 'server-files', message: `COPY with ${what} of the server; use STDIN or STDOUT` });
    }
  }
  const called = words.find((word, index) => fileFunctions.has(word) && words[index + 1] === '(');
  if (called !== undefined) refusals.push({ rule: 'server-files', message: `${called}() reaches files of the server` });
  return refusals;
}
