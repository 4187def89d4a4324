/** What each verb needs of the schema `dbkit` and beyond. */
import { nearest } from '../config/nearest.ts';
import { DbkitError } from '../errors.ts';

export type Right = 'select' | 'insert' | 'update' | 'delete';

/** Rights on the tables of the schema `dbkit`. */
export type Rights = Readonly<
  Partial<Record<'schema_version' | 'marker' | 'journal' | 'event' | 'schema_state', readonly Right[]>>
>;

export interface Needs {
  readonly tables: Rights;
  /** Makes the schema `dbkit` where it is missing; a verb that reads never does. */
  readonly writes: boolean;
  /** The verb's own work makes objects: the role must be able to, in the schema `public`. */
  readonly createsObjects: boolean;
}

const reads: Needs = {
  tables: { schema_version: ['select'], marker: ['select'], journal: ['select'] },
  writes: false,
  createsObjects: false,
};
const records: Needs = {
  tables: {
    schema_version: ['select'],
    marker: ['select'],
    journal: ['select', 'insert', 'update', 'delete'],
    event: ['insert'],
  },
  writes: true,
  createsObjects: false,
};
const runs: Needs = {
  ...records,
  tables: { ...records.tables, schema_state: ['select', 'insert', 'update'] },
  createsObjects: true,
};

const needs: Readonly<Record<string, Needs>> = {
  doctor: reads,
  types: reads,
  'migrate status': { ...reads, tables: { ...reads.tables, schema_state: ['select'] } },
  'migrate drift': reads,
  'migrate plan': reads,
  'migrate up': runs,
  'migrate down': runs,
  'migrate to': runs,
  'migrate redo': runs,
  'migrate baseline': {
    ...records,
    tables: { ...records.tables, journal: ['select', 'insert', 'update'] },
  },
  'migrate repair': { ...records, tables: { ...records.tables, journal: ['select', 'update', 'delete'] } },
  'db bootstrap': { tables: { schema_version: ['select'], marker: ['select'] }, writes: true, createsObjects: false },
  'db history': { ...reads, tables: { marker: ['select'], event: ['select'] } },
  'db stats': {
    tables: { schema_version: ['select'], marker: ['select'] },
    writes: false,
    createsObjects: false,
  },
  'db mark': {
    tables: { schema_version: ['select'], marker: ['select', 'insert', 'update'], event: ['insert'] },
    writes: true,
    createsObjects: false,
  },
};

const grantableVerbs: readonly string[] = Object.keys(needs);

/**
 * All that the verbs need together. `migrate` stands for every verb of the room, and words may come quoted or not:
 * `migrate status`. Throws USAGE.
 */
export function needsOf(verbs: readonly string[]): Needs {
  const words = verbs.flatMap((verb) => verb.trim().split(/\s+/));
  const found: Needs[] = [];
  while (words.length > 0) {
    const [room = '', verb] = words;
    const alone = Object.hasOwn(needs, room) ? needs[room] : undefined;
    const one = alone ?? (verb === undefined ? undefined : needs[`${room} ${verb}`]);
    const all = Object.entries(needs).filter(([name]) => name.startsWith(`${room} `));
    if (one === undefined && all.length === 0) throw unknown(words.join(' '));
    if (one === undefined && verb !== undefined && !isRoom(verb)) throw unknown(`${room} ${verb}`);
    found.push(...(one === undefined ? all.map(([, need]) => need) : [one]));
    words.splice(0, one === undefined || one === alone ? 1 : 2);
  }
  return merge(found);
}

function isRoom(word: string): boolean {
  return Object.hasOwn(needs, word) || grantableVerbs.some((name) => name.startsWith(`${word} `));
}

function unknown(verb: string): DbkitError {
  const near = nearest(verb, grantableVerbs);
  return new DbkitError('USAGE', `no grants are known for "${verb}"`, {
    details: [`known: ${grantableVerbs.join(', ')}`],
    hint: near === null ? 'dbkit db grants migrate' : `did you mean "${near}"?`,
  });
}

function merge(all: readonly Needs[]): Needs {
  const tables: Record<string, Right[]> = {};
  for (const { tables: one } of all) {
    for (const [table, rights] of Object.entries(one))
      tables[table] = [...new Set([...(tables[table] ?? []), ...rights])];
  }
  return {
    tables,
    writes: all.some(({ writes }) => writes),
    createsObjects: all.some(({ createsObjects }) => createsObjects),
  };
}
