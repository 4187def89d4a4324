/** One process at a time, with a lock that no crash leaves behind. */
import { createHash } from 'node:crypto';
import type { Server, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than a first run takes on a slow machine; after it the work is done without the lock. */
const longestWaitMs = 60_000;

/**
 * Runs `work` while no other process of this machine runs one of the same `name`. The lock is a listening socket in Linux's
 * abstract namespace: the kernel frees it with the process, and whoever waits sees the connection close. It spares work, it
 * is not what correctness stands on: elsewhere than on Linux, or when somebody sits on the name, `work` runs all the same.
 */
export async function withMutex<Result>(
  name: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  if (process.platform !== 'linux') return work();
  const path = `\0dbkit-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  const release = await take(path, signal);
  try {
    return await work();
  } finally {
    release();
  }
}

async function take(path: string, signal: AbortSignal): Promise<() => void> {
  const until = performance.now() + longestWaitMs;
  while (performance.now() < until) {
    signal.throwIfAborted();
    const release = await listen(path);
    if (release !== null) return release;
    await holderToEnd(path, until - performance.now(), signal);
  }
  return () => {};
}

function listen(path: string): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    const waiting = new Set<Socket>();
    const server: Server = createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => {}).once('close', () => waiting.delete(socket));
    });
    server.once('error', () => resolve(null));
    server.listen({ path }, () => {
      // An abort of the whole program must not wait for the lock.
      server.unref();
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      });
    });
  });
}

async function holderToEnd(path: string, longestMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect({ path });
    const stop = (): void => void socket.destroy();
    socket
      .on('error', () => {})
      .once('close', () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
        resolve();
      });
    const timer = setTimeout(stop, longestMs);
    signal.addEventListener('abort', stop, { once: true });
  });
  // The kernel may still be freeing the name.
  await sleep(1 + Math.random() * 4);
}
