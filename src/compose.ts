/** Registers each room's command. The only place that knows all rooms. */
import type { RegisterRoom } from './command.ts';
import { registerDb } from './db/command.ts';
import { registerDemo } from './demo/command.ts';
import { registerDoctor } from './doctor/command.ts';
import { registerMigrate } from './migrate/command.ts';
import { registerTypes } from './types/command.ts';

const demo = registerDemo(async () => (await import('./migrate/demo-steps.ts')).migrateDemoSteps());

const doctor = registerDoctor(async () => [(await import('./migrate/doctor-check.ts')).migrationsCheck]);

const types = registerTypes(() => import('./migrate/for-types.ts'));

const rooms: readonly RegisterRoom[] = [demo, doctor, registerMigrate, types, registerDb];

export const registerRooms: RegisterRoom = (program, verbs) => {
  for (const register of rooms) register(program, verbs);
};
