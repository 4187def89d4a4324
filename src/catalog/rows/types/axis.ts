/** Types whose values stand in a line: numbers, moments, spans. Each is counted in whole units of its own. */
import { floorDivide, formatInterval, formatMoment, parseInterval, parseMoment } from '../expression/moment.ts';

export interface Axis {
  /** The unit at or below the value that the text says; null for what is no such value. */
  parse(text: string): bigint | null;
  format(units: bigint): string;
  readonly least: bigint;
  readonly most: bigint;
  /** Where plain values come from. */
  readonly plainFrom: bigint;
  readonly plainTo: bigint;
  /** Worth a try where nothing forbids them. */
  readonly edges: readonly bigint[];
}

const day = 86_400_000_000n;
const at = (text: string): bigint => parseMoment(text) ?? 0n;

/** Numbers with `scale` digits behind the point. */
export function decimalAxis(scale: number, digits: number, least?: bigint, most?: bigint): Axis {
  const unit = 10n ** BigInt(Math.max(0, scale));
  const last = 10n ** BigInt(digits) - 1n;
  const [from, to] = [least ?? -last, most ?? last];
  const hundred = unit * 1000n;
  const plainTo = to < hundred ? to : hundred;
  return {
    parse: (text) => parseDecimal(text, scale),
    format: (units) => formatDecimal(units, scale),
    least: from,
    most: to,
    plainFrom: to < 1n ? from : 1n,
    plainTo,
    edges: [0n, -1n, from, to],
  };
}

function parseDecimal(text: string, scale: number): bigint | null {
  const parts = /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?\s*$/u.exec(text);
  if (parts === null || ((parts[2] ?? '') === '' && (parts[3] ?? '') === '')) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const shift = scale - fraction.length + Number(exponent);
  if (shift > 2000) return null;
  const all = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
  return shift >= 0 ? all * 10n ** BigInt(shift) : floorDivide(all, 10n ** BigInt(-shift));
}

function formatDecimal(units: bigint, scale: number): string {
  if (scale <= 0) return String(units * 10n ** BigInt(-scale));
  const size = units < 0n ? -units : units;
  const text = String(size).padStart(scale + 1, '0');
  return `${units < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

export function integerAxis(bits: number): Axis {
  const most = 2n ** BigInt(bits - 1) - 1n;
  return decimalAxis(0, 20, -most - 1n, most);
}

export const dateAxis: Axis = {
  parse: (text) => {
    const micros = parseMoment(text.slice(0, 10)) ?? parseMoment(text);
    return micros === null ? null : floorDivide(micros, day);
  },
  format: (units) => formatMoment(units * day, 'date'),
  least: at('0001-01-01') / day,
  most: at('9999-12-31') / day,
  plainFrom: at('2024-01-01') / day,
  plainTo: at('2025-12-31') / day,
  edges: [at('1900-02-28') / day, at('2024-02-29') / day, at('9999-12-31') / day],
};

/** `digits` behind the second; `zone`: written as UTC. */
export function timestampAxis(zone: boolean, digits: number): Axis {
  const step = 10n ** BigInt(6 - digits);
  const [from, to] = [at('0001-01-01') / step, at('9999-12-31 23:59:59.999999') / step];
  return {
    parse: (text) => {
      const micros = parseMoment(text);
      return micros === null ? null : floorDivide(micros, step);
    },
    format: (units) => `${formatMoment(units * step)}${zone ? '+00' : ''}`,
    least: from,
    most: to,
    plainFrom: at('2024-01-01') / step,
    plainTo: at('2025-12-31') / step,
    edges: [
      at('1969-12-31 23:59:59') / step,
      at('2024-02-29 23:59:59.999999') / step,
      at('2038-01-19 03:14:08') / step,
    ],
  };
}

export function timeAxis(zone: boolean, digits: number): Axis {
  const step = 10n ** BigInt(6 - digits);
  return {
    parse: (text) => {
      const micros = parseInterval(text.replace(/[+-]\d\d(?::\d\d)?$/u, ''));
      return micros === null ? null : micros / step;
    },
    format: (units) => `${(formatInterval(units * step).split(' ')[2] ?? '').slice(0, 15)}${zone ? '+00' : ''}`,
    least: 0n,
    most: (day - 1n) / step,
    plainFrom: day / 4n / step,
    plainTo: ((day / 4n) * 3n) / step,
    edges: [0n, (day - 1n) / step],
  };
}

/** `unit`: `INTERVAL MONTH` and the like keep whole ones only. */
export function intervalAxis(digits: number, unit = 1n): Axis {
  const step = unit > 1n ? unit : 10n ** BigInt(6 - digits);
  return {
    parse: (text) => {
      const micros = parseInterval(text);
      return micros === null ? null : floorDivide(micros, step);
    },
    format: (units) => formatInterval(units * step),
    least: (-day * 36_500n) / step,
    most: (day * 36_500n) / step,
    plainFrom: unit > day ? 1n : unit > 1n ? 1n : day / step,
    plainTo: unit > day ? 20n : (day * 60n) / step,
    edges: [0n, -1n],
  };
}

export const intervalUnits: Readonly<Record<string, bigint>> = {
  year: day * 360n,
  month: day * 30n,
  day,
  hour: day / 24n,
  minute: day / 1440n,
};
