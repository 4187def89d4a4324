/** What user files print while a verb runs (`console.log` in a migration) goes to stderr: stdout is for the result. */
import type { Io } from './io.ts';

export async function withOwnOutput<T>(io: Pick<Io, 'stdout' | 'stderr'>, work: () => Promise<T>): Promise<T> {
  const { stdout, stderr } = io;
  const own = Object.getOwnPropertyDescriptor(stdout, 'write');
  Object.defineProperty(stdout, 'write', { value: stderr.write.bind(stderr), configurable: true, writable: true });
  try {
    return await work();
  } finally {
    if (own === undefined) Reflect.deleteProperty(stdout, 'write');
    else Object.defineProperty(stdout, 'write', own);
  }
}
