/** Pieces of SQL that several kinds of object share. */
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts';

/** A name as a person writes it: quoted only where it is odd. */
export function shown(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quoteIdentifier(name);
}

export function commentOn(target: string, comment: string | null): string {
  return `comment on ${target} is ${comment === null ? 'null' : quoteLiteral(comment).trim()};`;
}

/** On a new object: nothing to say where there is none. */
export function newComment(target: string, comment: string | null): readonly string[] {
  return comment === null ? [] : [commentOn(target, comment)];
}

export function ownerTo(target: string, owner: string): string {
  return `alter ${target} owner to ${quoteIdentifier(owner)};`;
}

/** `public` stands for everybody. */
export function roleName(role: string): string {
  return role === 'public' ? 'public' : quoteIdentifier(role);
}

export function names(columns: readonly string[]): string {
  return columns.map(quoteIdentifier).join(', ');
}

/** `a=b` apart at the first sign. */
export function optionParts(option: string): readonly [string, string] {
  const at = option.indexOf('=');
  return at < 0 ? [option, ''] : [option.slice(0, at), option.slice(at + 1)];
}

/** `toast.autovacuum_enabled = 'false'` */
export function storageOption(option: string): string {
  const [name, text] = optionParts(option);
  const path = name.split('.').map(shown).join('.');
  return `${path} = ${quoteLiteral(text).trim()}`;
}

/** Of WITH (…), or nothing. */
export function withOptions(options: readonly string[]): string {
  return options.length === 0 ? '' : ` with (${options.map(storageOption).join(', ')})`;
}

/** `alter <target> reset (…)`, `set (…)`, as far as needed. */
export function alterOptions(target: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const kept = new Set(after.map((option) => optionParts(option)[0]));
  const gone = before.map((option) => optionParts(option)[0]).filter((name) => !kept.has(name));
  const come = after.filter((option) => !before.includes(option));
  return [
    ...(gone.length > 0
      ? [`alter ${target} reset (${gone.map((name) => name.split('.').map(shown).join('.')).join(', ')});`]
      : []),
    ...(come.length > 0 ? [`alter ${target} set (${come.map(storageOption).join(', ')});`] : []),
  ];
}

/** OPTIONS of a foreign object that is made. */
export function foreignOptions(options: readonly string[]): string {
  if (options.length === 0) return '';
  return ` options (${options.map((option) => foreignOption(option)).join(', ')})`;
}

function foreignOption(option: string): string {
  const [name, text] = optionParts(option);
  return `${quoteIdentifier(name)} ${quoteLiteral(text).trim()}`;
}

/** Values of secrets are not in the model: such an option can not be written. */
export function isUnread(options: readonly string[]): boolean {
  return options.some((option) => option.endsWith('=<not read>'));
}

export function alterForeignOptions(
  target: string,
  before: readonly string[],
  after: readonly string[],
): readonly string[] | null {
  if (isUnread(after.filter((option) => !before.includes(option)))) return null;
  const had = new Map(before.map(optionParts));
  const has = new Map(after.map(optionParts));
  const changes = [
    ...[...had.keys()].filter((name) => !has.has(name)).map((name) => `drop ${quoteIdentifier(name)}`),
    ...after
      .filter((option) => !before.includes(option))
      .map((option) => `${had.has(optionParts(option)[0]) ? 'set' : 'add'} ${foreignOption(option)}`),
  ];
  return [`alter ${target} options (${changes.join(', ')});`];
}

const quotedLists = new Set([
  'search_path',
  'temp_tablespaces',
  'local_preload_libraries',
  'session_preload_libraries',
  'shared_preload_libraries',
  'unix_socket_directories',
]);

/** `set search_path to 'pg_catalog', 'pg_temp'` of `search_path=pg_catalog, pg_temp`. */
function setTo(setting: string): string {
  const [name, text] = optionParts(setting);
  const path = name.split('.').map(shown).join('.');
  if (!quotedLists.has(name)) return `set ${path} to ${quoteLiteral(text).trim()}`;
  const items = [...text.matchAll(/"((?:[^"]|"")*)"|([^\s,][^,]*)/g)].map(([, quoted, plain]) =>
    quoteLiteral(quoted?.replaceAll('""', '"') ?? plain?.trim() ?? '').trim(),
  );
  return `set ${path} to ${items.length === 0 ? "''" : items.join(', ')}`;
}

/** Settings of a role, a database or a function. */
export function alterSettings(target: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const kept = new Set(after.map((setting) => optionParts(setting)[0]));
  const gone = before.map((setting) => optionParts(setting)[0]).filter((name) => !kept.has(name));
  return [
    ...gone.map((name) => `alter ${target} reset ${name.split('.').map(shown).join('.')};`),
    ...after.filter((setting) => !before.includes(setting)).map((setting) => `alter ${target} ${setTo(setting)};`),
  ];
}

/** For a statement that has to name the database it runs in: `%I` stands for it. */
export function onDatabase(statement: string): string {
  const template = quoteLiteral(statement).trim();
  return `do ${dollarQuoted(`begin execute pg_catalog.format(${template}, pg_catalog.current_database()); end`)};`;
}

export function dollarQuoted(text: string): string {
  let tag = '$do$';
  while (text.includes(tag)) tag = `$${tag.slice(1, -1)}_$`;
  return `${tag}${text}${tag}`;
}

/** The parts of a dotted name as SQL writes them, quotes and all: `"Odd.one".b` is `"Odd.one"`, `b`. */
export function dottedParts(id: string): readonly string[] {
  return id.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
}

/** A part of a dotted name as it is stored. */
export function unquoted(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
}
