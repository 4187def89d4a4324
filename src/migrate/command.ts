/** `dbkit migrate …`: declares the verbs; each loads what it needs when it runs. */
import type { RegisterRoom } from '../command.ts';
import { declareCheck } from './check-command.ts';
import { declareDrift } from './drift-command.ts';
import { declareLint } from './lint-command.ts';
import { declareProve } from './prove-command.ts';

import { declareReads } from './read-command.ts';
import { declareRecords } from './record-command.ts';
import { declareRuns } from './run-command.ts';

export const registerMigrate: RegisterRoom = (program, verbs) => {
  const migrate = program.command('migrate').description('take the schema up and down, with a journal and rollbacks');
  declareRuns(migrate, verbs);
  declareReads(migrate, verbs);
  declareRecords(migrate, verbs);
  declareDrift(migrate, verbs);
  declareProve(migrate, verbs);
  declareLint(migrate, verbs);
  declareCheck(migrate, verbs);
};
