/** Errors of a migration without a transaction that was begun before and can not simply go on. */
import { DbkitError } from '../../errors.ts';
import type { UnderWay } from '../journal.ts';
import type { RunStep } from './session.ts';

/** The file holds another statement than the one that ran: `at` from 0, `text` without secrets. */
export function ranOtherwise({ migration, direction }: RunStep, at: number, done: number, text: string): DbkitError {
  return new DbkitError(
    'MIGRATION_EDITED',
    `statement ${at + 1} of ${migration.name} is not the one that already ran`,
    {
      details: [
        `${direction} of ${migration.name} was begun and stands up to statement ${done}`,
        `now it reads: ${text}`,
      ],
      hint: 'put the statements that ran back as they were; what follows them may be edited',
      location: { file: migration.file, line: null, column: null },
    },
  );
}

/** Nobody can tell whether a statement took effect. */
export function interrupted({ migration, direction }: RunStep, at: number, underWay: UnderWay): DbkitError {
  return new DbkitError(
    'MIGRATION_INTERRUPTED',
    `${direction} of ${migration.name} was cut off in statement ${at + 1}, and it can not be told whether it took effect`,
    {
      details: [
        `statement ${at + 1}: ${underWay.text}`,
        at === 0 ? 'no statement before it ran' : at === 1 ? 'statement 1 stands' : `statements 1 to ${at} stand`,
      ],
      hint: `look at the database, then say: dbkit migrate repair ${migration.name} --done, or --again to run it once more`,
      location: { file: migration.file, line: null, column: null },
    },
  );
}
