/** Access lists as the server prints them, `{alice=r*w/bob,=r/bob}`; most objects of a database share a few of them. */
import type { Grant } from '../model.ts';
import { sortedBy } from './names.ts';

const words: Readonly<Record<string, string>> = {
  r: 'SELECT',
  a: 'INSERT',
  w: 'UPDATE',
  d: 'DELETE',
  D: 'TRUNCATE',
  x: 'REFERENCES',
  t: 'TRIGGER',
  m: 'MAINTAIN',
  X: 'EXECUTE',
  U: 'USAGE',
  C: 'CREATE',
  c: 'CONNECT',
  T: 'TEMPORARY',
  s: 'SET',
  A: 'ALTER SYSTEM',
};

/** Parses with a memory that lasts for one read. */
export function aclReader(): (text: string | null) => readonly Grant[] {
  const known = new Map<string, readonly Grant[]>();
  return (text) => {
    if (text === null || text === '{}') return [];
    const found = known.get(text);
    if (found !== undefined) return found;
    const grants = parseAcl(text);
    known.set(text, grants);
    return grants;
  };
}

/** Sorted by grantee, then grantor. */
export function parseAcl(text: string): readonly Grant[] {
  return sortedBy(arrayItems(text).map(parseItem), ({ grantee, grantor }) => `${grantee}\0${grantor}`);
}

/** Elements of a one-dimensional array of text without nulls. */
function arrayItems(text: string): readonly string[] {
  const items: string[] = [];
  const pattern = /"((?:[^"\\]|\\.)*)"|([^{},]+)/gs;
  for (const [, quoted, plain] of text.slice(1, -1).matchAll(pattern)) {
    items.push(quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/gs, '$1'));
  }
  return items;
}

/** `"odd ""name"=r*w/grantor`: names are quoted unless they are made of letters, digits and underscores. */
const itemPattern = /^("(?:[^"]|"")*"|[^"=]*)=([a-zA-Z*]*)\/("(?:[^"]|"")*"|.*)$/s;

function parseItem(item: string): Grant {
  const [, grantee = '', letters = '', grantor = ''] = itemPattern.exec(item) ?? [];
  const privileges: string[] = [];
  const grantable: string[] = [];
  for (const [, letter = '', star] of letters.matchAll(/([a-zA-Z])(\*?)/g)) {
    const word = words[letter] ?? letter;
    privileges.push(word);
    if (star === '*') grantable.push(word);
  }
  return {
    grantee: grantee === '' ? 'public' : unquote(grantee),
    grantor: unquote(grantor),
    privileges: privileges.sort(),
    grantable: grantable.sort(),
  };
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
