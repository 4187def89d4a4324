/** Chooses which migrations run, in which direction and order. Pure; refuses before anything has run. */
import { DbkitError } from '../errors.ts';
import type { Direction } from './migration.ts';
import type { MigrationState } from './state.ts';
import { isApplied } from './state.ts';

export interface Selected {
  readonly state: MigrationState;
  readonly direction: Direction;
}

/** What was asked. `count` null: all (up) or one (down, redo). */
export type Request =
  | { readonly verb: 'up'; readonly count: number | null }
  | { readonly verb: 'down'; readonly count: number }
  | { readonly verb: 'redo'; readonly count: number }
  | { readonly verb: 'to'; readonly name: string };

/** The words of a request, as they are typed after `dbkit migrate`. */
export function wordsOf(request: Request): string {
  if (request.verb === 'to') return `to ${request.name}`;
  const unsaid = request.verb === 'up' ? null : 1;
  return request.count === unsaid ? request.verb : `${request.verb} ${request.count}`;
}

export interface SelectOptions {
  readonly allowUnordered: boolean;
  /** Whether a pending migration that comes late was proven to end in the same schema after what is applied here. */
  readonly proven?: (state: MigrationState) => boolean;
}

/** Throws MIGRATION_EDITED, MIGRATION_DELETED, MIGRATION_OUT_OF_ORDER, MIGRATION_UNKNOWN, MIGRATION_IRREVERSIBLE. */
export function select(
  states: readonly MigrationState[],
  request: Request,
  options: SelectOptions,
): readonly Selected[] {
  switch (request.verb) {
    case 'up':
      return selectUp(states, request.count, options);
    case 'down':
      return selectDown(states, request.count);
    case 'redo': {
      const downs = selectDown(states, request.count);
      return [...downs, ...[...downs].reverse().map(({ state }) => ({ state, direction: 'up' as const }))];
    }
    case 'to':
      return selectTo(states, request.name, options);
    default: {
      const never: never = request;
      throw new Error(`not handled: ${JSON.stringify(never)}`);
    }
  }
}

function selectUp(
  states: readonly MigrationState[],
  count: number | null,
  options: SelectOptions,
  all: readonly MigrationState[] = states,
): readonly Selected[] {
  refuseFaults(states);
  const begun = states.filter(isBegun);
  const pending = states.filter((state) => state.status === 'pending');
  if (!options.allowUnordered) {
    const asked = count === null ? pending : pending.slice(0, count);
    refuseOutOfOrder(
      all,
      asked.filter((state) => options.proven?.(state) !== true),
    );
  }
  const chosen = [...begun, ...pending];
  return (count === null ? chosen : chosen.slice(0, count)).map((state) => ({ state, direction: 'up' }));
}

function selectDown(states: readonly MigrationState[], count: number): readonly Selected[] {
  const halfApplied = states.find((state) => isBegun(state) && state.entry?.direction === 'up');
  if (halfApplied !== undefined) {
    throw new DbkitError('MIGRATION_INTERRUPTED', `the up of ${halfApplied.name} was begun and did not end`, {
      hint: `finish it first: dbkit migrate up; or, after undoing by hand what it did: dbkit migrate repair ${halfApplied.name} --forget`,
    });
  }
  const chosen = appliedLatestFirst(states).slice(0, count);
  for (const [index, state] of chosen.entries()) {
    const why = state.entry?.irreversible ?? state.file?.directives.irreversible ?? null;
    if (why === null) continue;
    throw new DbkitError('MIGRATION_IRREVERSIBLE', `${state.name} can not be undone: ${why}; nothing was undone`, {
      hint:
        index === 0
          ? 'restore a backup, or write a new migration that goes on from here'
          : `undo what came after it: dbkit migrate down ${index}`,
    });
  }
  // Where only the up was edited the down is still the one that belongs to what ran.
  const edited = chosen.filter((state) => state.status === 'edited' && !hasSameDown(state));
  if (edited.length > 0) throw editedError(edited);
  return chosen.map((state) => ({ state, direction: 'down' }));
}

function hasSameDown({ file, entry }: MigrationState): boolean {
  return file?.sql != null && entry?.downNormalized != null && file.down?.normalized === entry.downNormalized;
}

function selectTo(states: readonly MigrationState[], wanted: string, options: SelectOptions): readonly Selected[] {
  if (wanted === 'zero') return selectDown(states, Number.POSITIVE_INFINITY);
  const target = findByName(states, wanted);
  const at = states.indexOf(target);
  if (target.status !== 'pending' && !isBegun(target)) {
    const later = appliedLatestFirst(states).indexOf(target);
    return selectDown(states, later);
  }
  return selectUp(states.slice(0, at + 1), null, options, states);
}

/** The migration of that name, or the only one whose name begins so. Throws MIGRATION_UNKNOWN. */
export function findByName(states: readonly MigrationState[], wanted: string): MigrationState {
  const exact = states.find((state) => state.name === wanted);
  if (exact !== undefined) return exact;
  const candidates = states.filter(
    (state) => state.name.startsWith(wanted) || state.name.replace(/^[^_]*_/, '') === wanted,
  );
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  throw new DbkitError(
    'MIGRATION_UNKNOWN',
    candidates.length === 0 ? `no migration is called "${wanted}"` : `"${wanted}" fits ${candidates.length} migrations`,
    { details: candidates.slice(0, 10).map((state) => state.name), hint: 'the names are in: dbkit migrate status' },
  );
}

/** Applied or begun, the last applied first. Journal order, not that of names: a late one may have come out of order. */
function appliedLatestFirst(states: readonly MigrationState[]): readonly MigrationState[] {
  return states
    .filter((state) => isApplied(state) || (isBegun(state) && state.entry?.direction === 'down'))
    .sort((a, b) => (b.entry?.appliedOrder ?? 0) - (a.entry?.appliedOrder ?? 0));
}

function isBegun(state: MigrationState): boolean {
  return state.status === 'interrupted' || state.status === 'failed';
}

function refuseFaults(states: readonly MigrationState[]): void {
  const undone = states.find((state) => isBegun(state) && state.entry?.direction === 'down');
  if (undone !== undefined) {
    throw new DbkitError('MIGRATION_INTERRUPTED', `the down of ${undone.name} was begun and did not end`, {
      hint: 'finish it first: dbkit migrate down 1',
    });
  }
  const edited = states.filter((state) => state.status === 'edited');
  if (edited.length > 0) throw editedError(edited);
  const deleted = states.filter((state) => state.status === 'deleted');
  if (deleted.length > 0) {
    throw new DbkitError(
      'MIGRATION_DELETED',
      deleted.length === 1
        ? `${deleted[0]?.name} is applied, but its file is gone`
        : `${deleted.length} migrations are applied, but their files are gone`,
      {
        details: deleted.map((state) => state.name),
        hint: 'bring the file back (an older branch may lack it), or undo it: dbkit migrate down; or forget it: dbkit migrate repair <name> --forget',
      },
    );
  }
}

function editedError(edited: readonly MigrationState[]): DbkitError {
  const [first] = edited;
  return new DbkitError(
    'MIGRATION_EDITED',
    edited.length === 1
      ? `${first?.name} was edited after it was applied`
      : `${edited.length} migrations were edited after they were applied`,
    {
      details: edited.map((state) => state.name),
      hint: `put the file back and write a new migration; or, when the database has been brought in step by hand: dbkit migrate repair ${first?.name}`,
      location: first?.file == null ? null : { file: first.file.file, line: null, column: null },
    },
  );
}

function refuseOutOfOrder(states: readonly MigrationState[], chosen: readonly MigrationState[]): void {
  const late = chosen.filter((state) => state.outOfOrder);
  const [first] = late;
  if (first === undefined) return;
  const last = states.findLast((state) => state.entry !== null)?.name;
  throw new DbkitError(
    'MIGRATION_OUT_OF_ORDER',
    late.length === 1
      ? `${first.name} is older than ${last}, which is applied`
      : `${late.length} pending migrations are older than ${last}, which is applied`,
    {
      details: [
        ...late.map((state) => state.name),
        'a fresh database would run them in another order than this one, and may end in another schema',
      ],
      hint: 'give it a newer version: dbkit migrate check --base <branch> prints the rename; or prove that the order makes no difference: the same with --allow-unordered; or accept the order unproven: --allow-unordered here',
      location: first.file === null ? null : { file: first.file.file, line: null, column: null },
    },
  );
}
