/**
 * Reads a connection string as libpq does: a `postgresql://` URL, or `key=value` pairs.
 *
 * No message of this file quotes any part of the text: in a URL with a badly written password every part may be the
 * password.
 */
import { DbkitError } from '../../errors.ts';
import type { ParameterName, ParameterValues } from './parameters.ts';
import { isListParameter, isParameterName, unknownParameterHint } from './parameters.ts';

/** Parameters of a connection string. Throws CONFIG_INVALID. */
export function parseConninfo(text: string): ParameterValues {
  const trimmed = text.trim();
  if (/^postgres(ql)?:\/\//i.test(trimmed)) return parseUrl(trimmed);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(trimmed)?.[1];
  if (scheme !== undefined && !/^[a-z_]+\s*=/i.test(trimmed)) {
    throw invalid(`it starts with "${scheme}:"`, 'a connection URL starts with postgresql://');
  }
  if (!trimmed.includes('='))
    throw invalid('it is neither a URL nor key=value pairs', 'write postgresql://user@host:5432/database');
  return parsePairs(trimmed);
}

function invalid(why: string, hint: string): DbkitError {
  return new DbkitError('CONFIG_INVALID', `cannot read the connection string: ${why}`, { hint });
}

const encodeHint = 'special characters in a user name or password are percent-encoded: @ is %40, / is %2F, % is %25';

function decode(text: string): string {
  if (/%(?![0-9a-f]{2})|%00/i.test(text)) throw invalid('a % is not followed by two hexadecimal digits', encodeHint);
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('percent-encoded bytes are not UTF-8', encodeHint);
  }
}

function parseUrl(url: string): ParameterValues {
  const values: { -readonly [Name in ParameterName]?: readonly string[] } = {};
  let rest = url.slice(url.indexOf('://') + 3);
  const at = endOfUserInfo(rest);
  if (at !== -1) {
    const userInfo = rest.slice(0, at);
    const colon = userInfo.indexOf(':');
    const user = decode(colon === -1 ? userInfo : userInfo.slice(0, colon));
    const password = colon === -1 ? '' : decode(userInfo.slice(colon + 1));
    if (user !== '') values.user = [user];
    if (password !== '') values.password = [password];
    rest = rest.slice(at + 1);
  }
  const [beforeQuery, query] = splitOnce(rest, '?');
  const [authority, path] = splitOnce(beforeQuery, '/');
  if (path?.includes('@')) throw invalid('a "/" or "@" before the host is not percent-encoded', encodeHint);
  Object.assign(values, parseAuthority(authority));
  if (path !== undefined && path !== '') values.dbname = [decode(path)];
  const unknown: string[] = [];
  for (const part of query === undefined || query === '' ? [] : query.split('&')) {
    const [rawName, rawValue] = splitOnce(part, '=');
    if (rawValue === undefined) throw invalid('a parameter after "?" has no value', 'write name=value, joined with &');
    const name = decode(rawName);
    if (name === 'ssl' && rawValue === 'true') values.sslmode = ['require'];
    else if (!isParameterName(name)) unknown.push(name);
    // A list is split before it is decoded, so that a folder with a comma in its name can be written with %2C.
    else values[name] = isListParameter(name) ? rawValue.split(',').map(decode) : [decode(rawValue)];
  }
  refuseUnknown(unknown);
  return values;
}

/**
 * Index of the `@` that ends user and password, or -1. libpq takes the first one before a slash; a second one can only
 * be part of a password that was not encoded, unless a query has begun between them.
 */
function endOfUserInfo(rest: string): number {
  const slash = rest.indexOf('/');
  const head = slash === -1 ? rest : rest.slice(0, slash);
  let at = head.indexOf('@');
  for (let next = head.indexOf('@', at + 1); at !== -1 && next !== -1; next = head.indexOf('@', at + 1)) {
    if (head.slice(at, next).includes('?')) break;
    at = next;
  }
  return at;
}

function parseAuthority(authority: string): ParameterValues {
  if (authority === '') return {};
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const one of authority.split(',')) {
    const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(one);
    if (match === null)
      throw invalid('a host and its port cannot be told apart', `an IPv6 address stands in [ ]; ${encodeHint}`);
    hosts.push(decode(match[1] ?? match[2] ?? ''));
    const port = match[3] ?? '';
    if (!/^\d*$/.test(port)) throw invalid('a port is not a number', encodeHint);
    ports.push(port);
  }
  return {
    ...(hosts.some((host) => host !== '') ? { host: hosts } : {}),
    ...(ports.some((port) => port !== '') ? { port: ports } : {}),
  };
}

function parsePairs(text: string): ParameterValues {
  const values: { -readonly [Name in ParameterName]?: readonly string[] } = {};
  const unknown: string[] = [];
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/giy;
  let end = 0;
  for (let match = pair.exec(text); match !== null; match = pair.exec(text)) {
    end = pair.lastIndex;
    const name = match[1] as string;
    const value = (match[2] ?? match[3] ?? '').replace(/\\(.)/gs, '$1');
    if (isParameterName(name)) values[name] = isListParameter(name) ? value.split(',') : [value];
    else unknown.push(name);
  }
  if (text.slice(end).trim() !== '') {
    throw invalid(
      'its key=value pairs end too early',
      "a value with spaces stands in ' ', and \\' is a quote inside it",
    );
  }
  refuseUnknown(unknown);
  return values;
}

function refuseUnknown(names: readonly string[]): void {
  if (names.length === 0) return;
  // A mangled password can end up as a parameter's name: only what looks like one is shown.
  const shown = names.map((name) => (/^[a-z][a-z0-9_]{0,40}$/i.test(name) ? name : '(unreadable)'));
  throw new DbkitError('CONFIG_INVALID', `unknown connection parameter: ${shown.join(', ')}`, {
    hint: unknownParameterHint(names),
  });
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
