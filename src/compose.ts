/** Registers each room's command. The only place that knows all rooms. */
import type { Command } from 'commander';
import type { RegisterRoom, Verbs } from './command.ts';
import { registerDb } from './db/command.ts';
import { registerDemo } from './demo/command.ts';
import { registerDoctor } from './doctor/command.ts';
import { registerMigrate } from './migrate/command.ts';
import { registerTypes } from './types/command.ts';

const demo = registerDemo(async () => (await import('./migrate/demo-steps.ts')).migrateDemoSteps());

const doctor = registerDoctor(async () => [(await import('./migrate/doctor-check.ts')).migrationsCheck]);

const types = registerTypes(() => import('./migrate/for-types.ts'));

/** By the command that each declares, in the order of the help. */
const rooms: Readonly<Record<string, RegisterRoom>> = { demo, doctor, migrate: registerMigrate, types, db: registerDb };

/** All rooms; or the only one that a command line can be about, because declaring all takes as long as reading a config. */
export function registerRooms(program: Command, verbs: Verbs, command?: string): void {
  const one = command !== undefined && Object.hasOwn(rooms, command) ? rooms[command] : undefined;
  for (const register of one === undefined ? Object.values(rooms) : [one]) register(program, verbs);
}
