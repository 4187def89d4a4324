/** Numbers out of names: each cell of each row has its own, whatever else is drawn before or beside it. */

/** Of a seed, a table and a column; made from names, so that what is added elsewhere changes nothing here. */
export interface CellKey {
  readonly high: number;
  readonly low: number;
}

/** A sequence of numbers that belongs to one cell. */
export interface Draw {
  /** 0 … 2^32 - 1. */
  next(): number;
  /** 0 … n - 1. */
  below(n: number): number;
  /** 0 … n - 1. */
  bigBelow(n: bigint): bigint;
}

/** No two lists of parts have the same text to hash: each part is told with its length. */
export function cellKey(...parts: readonly string[]): CellKey {
  const text = parts.map((part) => `${part.length}:${part}`).join('');
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x5bd1e995) ^ (low >>> 13);
  }
  return { high: mix(high), low: mix(low ^ text.length) };
}

export function drawOf(key: CellKey, row: number, attempt: number): Draw {
  const start = mix(key.high ^ mix(row + 0x9e3779b9) ^ Math.imul(attempt, 0x85ebca6b));
  let count = 0;
  const next = (): number => {
    count += 1;
    return mix(mix(start + Math.imul(count, 0x9e3779b9)) ^ key.low ^ Math.imul(row, 0xc2b2ae35)) >>> 0;
  };
  return {
    next,
    below: (n) => Math.floor((next() / 0x1_0000_0000) * n),
    bigBelow(n) {
      let drawn = 0n;
      for (let bound = n; bound > 0n; bound >>= 32n) drawn = (drawn << 32n) | BigInt(next());
      return n <= 0n ? 0n : drawn % n;
    },
  };
}

/** The last step of MurmurHash3: every bit of the input reaches every bit of the output. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
