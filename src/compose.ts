/** Registers each room's command. The only place that knows all rooms. */
import type { RegisterRoom } from './command.ts';
import { registerMigrate } from './migrate/command.ts';

const rooms: readonly RegisterRoom[] = [registerMigrate];

export const registerRooms: RegisterRoom = (program, verbs) => {
  for (const register of rooms) register(program, verbs);
};
