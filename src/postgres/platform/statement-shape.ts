/** Reads what a statement is about from its words: the verb, the kind of object, the names. No parser, no server. */

export interface QualifiedName {
  readonly schema: string | null;
  readonly name: string;
}

export const asText = ({ schema, name }: QualifiedName): string => (schema === null ? name : `${schema}.${name}`);

/** Walks over the words of one statement, as `splitStatements` gives them. */
export class WordCursor {
  readonly words: readonly string[];
  at = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  get rest(): readonly string[] {
    return this.words.slice(this.at);
  }

  /** Steps over the phrase when it stands here. */
  accept(phrase: string): boolean {
    const wanted = phrase.split(' ');
    if (!wanted.every((word, index) => this.words[this.at + index] === word)) return false;
    this.at += wanted.length;
    return true;
  }

  /** Steps over any of the phrases, as often as one stands here. */
  skip(...phrases: readonly string[]): this {
    while (phrases.some((phrase) => this.accept(phrase)));
    return this;
  }

  /** Steps behind the next such word outside of parentheses; false, and no step, when there is none. */
  seek(word: string): boolean {
    let depth = 0;
    for (let index = this.at; index < this.words.length; index += 1) {
      const here = this.words[index];
      if (here === '(') depth += 1;
      else if (here === ')') depth -= 1;
      else if (depth === 0 && here === word) {
        this.at = index + 1;
        return true;
      }
    }
    return false;
  }

  identifier(): string | null {
    const word = this.words[this.at];
    if (word === undefined || !/^["A-Za-z_\u0080-\uffff]/.test(word)) return null;
    this.at += 1;
    return word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word;
  }

  qualifiedName(): QualifiedName | null {
    const parts: string[] = [];
    do {
      const part = this.identifier();
      if (part === null) break;
      parts.push(part);
    } while (this.accept('.'));
    const name = parts.at(-1);
    return name === undefined ? null : { schema: parts.at(-2) ?? null, name };
  }

  /** Names with commas between them; what stands in parentheses behind one is stepped over. */
  names(): readonly QualifiedName[] {
    const names: QualifiedName[] = [];
    do {
      const name = this.qualifiedName();
      if (name === null) break;
      names.push(name);
      if (this.words[this.at] === '(') this.skipParentheses();
    } while (this.accept(','));
    return names;
  }

  private skipParentheses(): void {
    let depth = 0;
    do {
      const word = this.words[this.at];
      depth += word === '(' ? 1 : word === ')' ? -1 : 0;
      this.at += 1;
    } while (depth > 0 && this.at < this.words.length);
  }
}

type Verb = 'create' | 'alter' | 'drop' | 'comment on';

export interface ObjectStatement {
  readonly verb: Verb;
  /** In one word where PostgreSQL has several: `event trigger`, `materialized view`. */
  readonly kind: string;
  /** The objects; of a policy, trigger, rule or new index the table it belongs to. */
  readonly targets: readonly QualifiedName[];
  /** Words behind the names. */
  readonly rest: readonly string[];
}

const modifiers = [
  'or replace',
  'global',
  'local',
  'temporary',
  'temp',
  'unlogged',
  'unique',
  'recursive',
  'constraint trigger',
  'trusted',
  'procedural',
  'default',
];

const kinds = [
  'access method',
  'event trigger',
  'foreign data wrapper',
  'foreign table',
  'materialized view',
  'operator class',
  'operator family',
  'text search configuration',
  'text search dictionary',
  'text search parser',
  'text search template',
  'user mapping',
  ...['aggregate', 'cast', 'collation', 'column', 'constraint', 'conversion', 'database', 'domain', 'extension'],
  ...['function', 'group', 'index', 'language', 'operator', 'policy', 'procedure', 'publication', 'role', 'routine'],
  ...['rule', 'schema', 'sequence', 'server', 'statistics', 'subscription', 'system', 'table', 'tablespace'],
  ...['transform', 'trigger', 'type', 'user', 'view'],
];

/** Null when the words are not CREATE, ALTER, DROP or COMMENT ON of a kind of object known here. */
export function objectStatement(words: readonly string[]): ObjectStatement | null {
  const cursor = new WordCursor(words);
  const verb = (['create', 'alter', 'drop', 'comment on'] as const).find((one) => cursor.accept(one));
  if (verb === undefined) return null;
  const before = cursor.at;
  cursor.skip(...modifiers.filter((one) => one !== 'constraint trigger'));
  if (cursor.accept('constraint trigger')) cursor.at -= 1;
  const kind = kinds.find((one) => cursor.accept(one));
  if (kind === undefined) {
    cursor.at = before;
    return null;
  }
  cursor.skip('concurrently', 'if not exists', 'if exists', 'only');
  const targets = readTargets(cursor, verb, kind);
  return { verb, kind, targets, rest: cursor.rest };
}

function readTargets(cursor: WordCursor, verb: Verb, kind: string): readonly QualifiedName[] {
  const ofTable =
    kind === 'policy' ||
    kind === 'trigger' ||
    (kind === 'index' && verb === 'create') ||
    (kind === 'constraint' && verb === 'comment on');
  if (ofTable) return cursor.seek('on') ? cursor.skip('only').names().slice(0, 1) : [];
  if (kind === 'rule') {
    const found = verb === 'create' ? cursor.seek('to') : cursor.seek('on');
    return found ? cursor.names().slice(0, 1) : [];
  }
  if (kind === 'column') {
    const column = cursor.words.slice(cursor.at);
    const end = column.indexOf('is');
    const parts = column.slice(0, end < 0 ? undefined : end).filter((word) => word !== '.');
    const unquoted = parts.map((word) => word.replace(/^"(.*)"$/, '$1'));
    return unquoted.length < 2 ? [] : [{ schema: unquoted.at(-3) ?? null, name: unquoted.at(-2) ?? '' }];
  }
  return verb === 'drop' || kind === 'role' || kind === 'user' || kind === 'group'
    ? cursor.names()
    : cursor.names().slice(0, 1);
}
