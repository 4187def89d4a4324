/** `dbkit db …`: the embedded server, and what dbkit keeps inside a database. */
import type { RegisterRoom } from '../command.ts';
import { declareInside } from './inside-command.ts';
import { declareServer } from './server-command.ts';
import { declareStats } from './stats-command.ts';

export const registerDb: RegisterRoom = (program, verbs) => {
  const db = program.command('db').description('the embedded server, and what dbkit keeps inside a database');
  declareServer(db, verbs);
  declareInside(db, verbs);
  declareStats(db, verbs);
};
