/**
 * A dump of a Supabase database holds statements of the platform's, which is there wherever the dump is run, and lacks
 * what a project adds to the platform's own tables, as their schemas are left out. Here the two are told apart.
 */
import { splitStatements } from '../sql-text.ts';
import { hostedLists, managedSchemas } from './hosted-lists.ts';

/** Schemas whose objects come with the platform. */
export const platformSchemas: readonly string[] = [
  ...Object.keys(managedSchemas),
  'extensions',
  'graphql',
  'graphql_public',
  'vault',
  'pgbouncer',
  'supabase_migrations',
];

/** The platform's tables that a project may have policies and triggers on. */
export const extensibleTables: readonly string[] = [
  ...new Set([...hostedLists().policyTables, ...hostedLists().triggerTables]),
];

/**
 * A dump without the platform's schemas, less what is said of the platform all the same. Before its first object the default
 * privileges are taken back: a dump tells the grants of each object as if there were none, and ends with them as they were.
 */
export function projectPart(dump: string): string {
  return `${withoutDefaults}\n${keep(dump, (words) => !platforms.some((pattern) => pattern.test(words)))}`;
}

const withoutDefaults = ['tables', 'sequences', 'functions']
  .map(
    (kind) =>
      `alter default privileges in schema public revoke all on ${kind} from postgres, anon, authenticated, service_role;\n`,
  )
  .join('');

/** Of a dump of `extensibleTables`: the policies, and the triggers that call a function of the project's. */
export function additions(dump: string): string {
  return keep(
    dump,
    (words) => /^create policy /.test(words) || (/^create trigger /.test(words) && !ownCall.test(words)),
  );
}

const schemas = [...platformSchemas, 'pg_catalog'].join('|');
const reserved = [...hostedLists().reservedRoles.keys()].join('|');
const ownCall = new RegExp(` execute (?:function|procedure) (?:${schemas}) \\. `);
const platforms = [
  new RegExp(`^alter default privileges for role (?:${reserved}) `),
  new RegExp(`^(?:grant|revoke) [^;]*? on (?:[a-z]+ )*(?:${schemas}) \\. `),
  new RegExp(`^create event trigger .* execute (?:function|procedure) (?:${schemas}) \\. `),
  // Extensions belong to the superuser.
  /^comment on extension /,
  /^(?:create publication supabase_realtime\w*|alter publication supabase_realtime\w* owner) /,
];

function keep(dump: string, isWanted: (words: string) => boolean): string {
  return splitStatements(dump)
    .filter(({ words }) => isWanted(words.join(' ')))
    .map(({ text }) => `${text};\n`)
    .join('\n');
}
