/** Moments and spans as texts, in microseconds: what conditions compare and add. */

const moment =
  /^(-?\d{4,6})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?:([+-])(\d\d)(?::?(\d\d))?(?::\d\d)?)?)?( BC)?$/u;

/** Microseconds since 1970 in UTC (or of the clock on the wall, for a type without zone); null for anything else. */
export function parseMoment(text: string): bigint | null {
  const parts = moment.exec(text);
  if (parts === null) return null;
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    sign,
    zoneHour = '0',
    zoneMinute = '0',
    bc,
  ] = parts;
  const days = Date.UTC(2000, Number(month) - 1, Number(day));
  const date = new Date(days);
  date.setUTCFullYear(bc === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const zone = (Number(zoneHour) * 3600 + Number(zoneMinute) * 60) * (sign === '-' ? -1 : 1);
  return (BigInt(date.getTime()) + BigInt(seconds - zone) * 1000n) * 1000n + BigInt(fraction.padEnd(6, '0'));
}

/** `2024-03-05 10:11:12.123456`, the years before 1 as PostgreSQL writes them. */
export function formatMoment(micros: bigint, part: 'date' | 'both' = 'both'): string {
  const millis = floorDivide(micros, 1000n);
  const date = new Date(Number(millis));
  const year = date.getUTCFullYear();
  const rest = date.toISOString().replace(/^[+-]?\d+/u, '');
  const shown = `${String(year > 0 ? year : 1 - year).padStart(4, '0')}${rest}`;
  const era = year > 0 ? '' : ' BC';
  const [day = '', time = ''] = shown.split('T');
  if (part === 'date') return `${day}${era}`;
  const below = String(micros - millis * 1000n).padStart(3, '0');
  return `${day} ${time.slice(0, 12)}${below}${era}`;
}

export function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

const units: Readonly<Record<string, bigint>> = {
  year: 31_557_600_000_000n,
  mon: 2_592_000_000_000n,
  month: 2_592_000_000_000n,
  week: 604_800_000_000n,
  day: 86_400_000_000n,
  hour: 3_600_000_000n,
  min: 60_000_000n,
  minute: 60_000_000n,
  sec: 1_000_000n,
  second: 1_000_000n,
};

/** `1 year 2 mons -3 days +04:05:06.5` with a month of 30 days, as the server compares intervals. */
export function parseInterval(text: string): bigint | null {
  let micros = 0n;
  let rest = text.trim();
  if (rest === '') return null;
  while (rest !== '') {
    const unit = /^([+-]?\d+(?:\.\d+)?) ([a-z]+?)s?(?: |$)/u.exec(rest);
    const clock = /^([+-]?)(\d+):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?: |$)/u.exec(rest);
    if (clock !== null) {
      const [, sign, hour = '0', minute = '0', second = '0', fraction = ''] = clock;
      const seconds = BigInt(hour) * 3600n + BigInt(minute) * 60n + BigInt(second);
      micros += (seconds * 1_000_000n + BigInt(fraction.padEnd(6, '0'))) * (sign === '-' ? -1n : 1n);
    } else if (unit !== null && units[unit[2] ?? ''] !== undefined) {
      micros += BigInt(Math.round(Number(unit[1]) * 1000)) * ((units[unit[2] ?? ''] ?? 0n) / 1000n);
    } else return null;
    rest = rest.slice((clock ?? unit)?.[0].length ?? rest.length).trimStart();
  }
  return micros;
}

export function formatInterval(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  const day = units.day ?? 1n;
  const days = size / day;
  const seconds = (size % day) / 1_000_000n;
  const clock = [seconds / 3600n, (seconds % 3600n) / 60n, seconds % 60n].map((n) => String(n).padStart(2, '0'));
  const below = String(size % 1_000_000n).padStart(6, '0');
  const sign = micros < 0n ? '-' : '';
  return `${sign}${days} days ${sign}${clock.join(':')}.${below}`;
}
