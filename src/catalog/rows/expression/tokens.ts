/** Words of a deparsed expression. */

export interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'sign';
  /** Of a word in lower case; of a name and a text without their quotes. */
  readonly text: string;
}

const pattern =
  /\s*(?:(?<bits>[BbXx]'[^']*')|(?<escaped>[Ee]'(?:[^'\\]|\\.|'')*')|(?<text>'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*")|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<sign>::|[-+*/<>=~!@#%^&|`?]+|[()[\],.:;]))/uy;

/** Null for what can not be read. */
export function tokensOf(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) return null;
    tokens.push(tokenOf(groups));
  }
  return tokens;
}

function tokenOf(groups: Record<string, string | undefined>): Token {
  const { bits, escaped, text, name, number, word, sign } = groups;
  if (text !== undefined) return { kind: 'text', text: text.slice(1, -1).replaceAll("''", "'") };
  if (escaped !== undefined) {
    return { kind: 'text', text: escaped.slice(2, -1).replaceAll("''", "'").replaceAll(/\\(.)/gsu, '$1') };
  }
  if (bits !== undefined) return { kind: 'text', text: bits.slice(2, -1) };
  if (name !== undefined) return { kind: 'name', text: name.slice(1, -1).replaceAll('""', '"') };
  if (number !== undefined) return { kind: 'number', text: number };
  if (word !== undefined) return { kind: 'word', text: word.toLowerCase() };
  return { kind: 'sign', text: sign ?? '' };
}
