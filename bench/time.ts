/** Times whole processes, interleaved in rounds, so that a noisy minute hits all of them alike. */
import { spawn } from 'node:child_process';

export interface Contestant {
  readonly name: string;
  /** Runs before each timing and is not timed: a fresh database, say. Its answer goes into `command`. */
  readonly prepare?: () => Promise<string>;
  readonly command: (prepared: string) => {
    readonly file: string;
    readonly args: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
  };
}

export interface Timing {
  readonly name: string;
  /** Milliseconds, one a round. */
  readonly ms: readonly number[];
}

export async function timeInRounds(
  contestants: readonly Contestant[],
  rounds: number,
  warmUps = 1,
): Promise<readonly Timing[]> {
  const timings = new Map(contestants.map(({ name }) => [name, [] as number[]]));
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const contestant of contestants) {
      const ms = await timeOnce(contestant);
      if (round >= 0) timings.get(contestant.name)?.push(ms);
    }
  }
  return [...timings].map(([name, ms]) => ({ name, ms }));
}

async function timeOnce({ name, prepare, command }: Contestant): Promise<number> {
  const { file, args, env, cwd } = command((await prepare?.()) ?? '');
  const start = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env }, cwd });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const status = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${said.slice(-2000)}`);
  return ms;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Median, minimum, and the median of the ratios round by round to the first contestant. */
export function printTable(
  title: string,
  timings: readonly Timing[],
  bars: Readonly<Record<string, number>> = {},
): void {
  const [base] = timings;
  if (base === undefined) return;
  process.stdout.write(`\n${title} (${base.ms.length} rounds)\n`);
  const width = Math.max(...timings.map(({ name }) => name.length));
  for (const { name, ms } of timings) {
    const ratio = median(ms.map((value, round) => value / (base.ms[round] ?? Number.NaN)));
    const bar =
      bars[name] === undefined ? '' : `  bar ${bars[name]?.toFixed(2)}${ratio <= (bars[name] ?? 0) ? '' : '  MISSED'}`;
    process.stdout.write(
      `  ${name.padEnd(width)}  ${median(ms).toFixed(0).padStart(6)} ms  min ${Math.min(...ms)
        .toFixed(0)
        .padStart(6)}  × ${ratio.toFixed(2)}${bar}\n`,
    );
  }
}
