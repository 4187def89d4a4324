/** The journal row of a migration, without what it may not keep. */
import { blankSecrets } from '../postgres/sql-text.ts';
import type { JournalState } from './journal.ts';
import type { NewEntry } from './journal-write.ts';
import type { Migration } from './module.ts';
import { blankModuleSecrets } from './module-text.ts';

export interface EntryOptions {
  readonly app: string;
  readonly dbkitVersion: string;
  readonly state: JournalState;
  readonly transactional: boolean;
}

export function toEntry(migration: Migration, options: EntryOptions): NewEntry {
  return {
    app: options.app,
    name: migration.name,
    kind: migration.kind,
    state: options.state,
    transactional: options.transactional,
    upChecksum: migration.up.raw,
    upNormalized: migration.up.normalized,
    downChecksum: migration.down?.raw ?? null,
    downNormalized: migration.down?.normalized ?? null,
    downText: blankDown(migration),
    irreversible: migration.directives.irreversible,
    lossy: migration.directives.lossy,
    dbkitVersion: options.dbkitVersion,
  };
}

/** Computes what `toEntry` will want, at a moment when there is nothing else to do. */
export function readyEntry(migration: Migration): void {
  void migration.up.normalized;
  void migration.down?.normalized;
  blankDown(migration);
}

const blanked = new WeakMap<Migration, string | null>();

function blankDown(migration: Migration): string | null {
  const { downText, kind } = migration;
  let blank = blanked.get(migration);
  if (blank === undefined) {
    if (downText === null) blank = null;
    else blank = kind === 'typescript' ? blankModuleSecrets(downText) : blankSecrets(downText);
    blanked.set(migration, blank);
  }
  return blank;
}
