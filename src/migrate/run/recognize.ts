/**
 * Statements that can not run inside a transaction, and those among them whose outcome can be read from the catalog
 * after a crash: the next run finishes them by itself.
 */
import type { Statement } from '../../postgres/sql-text.ts';

export type Recognized =
  | {
      readonly kind: 'create index';
      readonly index: readonly string[];
      readonly table: readonly string[];
      readonly ifNotExists: boolean;
    }
  | { readonly kind: 'drop index'; readonly index: readonly string[] }
  | {
      readonly kind: 'reindex';
      readonly object: 'index' | 'table' | 'schema' | 'database' | 'system';
      readonly name: readonly string[];
    }
  | { readonly kind: 'detach partition'; readonly parent: readonly string[]; readonly partition: readonly string[] };

/** What the statement is, when a crash in the middle of it can be told from the catalog; else null. */
export function recognize(statement: Statement): Recognized | null {
  const words = [...statement.words];
  const take = (...expected: string[]) => {
    if (!expected.every((word, index) => words[index] === word)) return false;
    words.splice(0, expected.length);
    return true;
  };
  if (take('create', 'index', 'concurrently') || take('create', 'unique', 'index', 'concurrently')) {
    const ifNotExists = take('if', 'not', 'exists');
    if (words[0] === 'on') return null;
    const index = takeName(words);
    if (!take('on')) return null;
    take('only');
    const table = takeName(words);
    return index === null || table === null ? null : { kind: 'create index', index, table, ifNotExists };
  }
  if (take('drop', 'index', 'concurrently')) {
    take('if', 'exists');
    const index = takeName(words);
    return index === null || words[0] === ',' ? null : { kind: 'drop index', index };
  }
  if (take('reindex')) {
    if (words[0] === '(') words.splice(0, words.indexOf(')') + 1);
    const object = words.shift();
    take('concurrently');
    if (object === undefined || !isReindexed(object)) return null;
    const name = takeName(words) ?? [];
    return name.length === 0 && object !== 'database' && object !== 'system' ? null : { kind: 'reindex', object, name };
  }
  if (take('alter', 'table')) {
    take('if', 'exists');
    take('only');
    const parent = takeName(words);
    if (parent === null || !take('detach', 'partition')) return null;
    const partition = takeName(words);
    return partition === null || !take('concurrently') ? null : { kind: 'detach partition', parent, partition };
  }
  return null;
}

/** A dotted name as `parse_ident` would give it: unquoted parts in lower case. */
function takeName(words: string[]): readonly string[] | null {
  const parts: string[] = [];
  for (;;) {
    const word = words.shift();
    if (word === undefined || !/^["A-Za-z_\u0080-\uffff]/.test(word)) return null;
    parts.push(word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word);
    if (words[0] !== '.') return parts;
    words.shift();
  }
}

const reindexed = ['index', 'table', 'schema', 'database', 'system'] as const;

function isReindexed(object: string): object is (typeof reindexed)[number] {
  return (reindexed as readonly string[]).includes(object);
}

const alone = new Set(['vacuum', 'call', 'do', 'checkpoint', 'execute']);
const aloneAfter: Readonly<Record<string, readonly string[]>> = {
  create: ['database', 'tablespace', 'subscription'],
  drop: ['database', 'tablespace', 'subscription'],
  alter: ['system', 'database', 'subscription'],
};

/**
 * True when the statement can carry its own record: it runs in one transaction with the journal row, so that it is
 * done exactly when it is recorded. What PostgreSQL refuses inside a transaction, and what may commit by itself, runs
 * alone.
 */
export function canCarryRecord(statement: Statement): boolean {
  const [first = '', second = ''] = statement.words;
  if (alone.has(first) || aloneAfter[first]?.includes(second) === true) return false;
  // All tables that were clustered before, or those of a partitioned one: a transaction each.
  if (first === 'cluster') return false;
  if (first === 'refresh') return true;
  return recognize(statement) === null && !statement.words.includes('concurrently');
}

const sessionWords = new Set(['set', 'reset', 'discard', 'listen', 'unlisten', 'load', 'prepare', 'deallocate']);

/** True when the statement leaves its mark on the session only: one that goes on later has to run it again. */
export function changesSessionOnly({ words }: Pick<Statement, 'words'>): boolean {
  const [first = ''] = words;
  return sessionWords.has(first) || (first === 'select' && words.includes('set_config') && !words.includes('from'));
}

/** True when the statement takes another role: dbkit's records between the statements would be made as that role. */
export function takesRole({ words }: Pick<Statement, 'words'>): boolean {
  const [first, second, third] = words;
  const what = second === 'session' || second === 'local' ? third : second;
  if (first === 'discard') return second === 'all';
  return (first === 'set' || first === 'reset') && (what === 'role' || what === 'authorization');
}
