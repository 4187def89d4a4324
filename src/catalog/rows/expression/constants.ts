/** What can be computed of constants without a server; null where that is not sure. */
import { formatMoment, parseInterval, parseMoment } from './moment.ts';

const numeric = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/u;

/** -1, 0 or 1 for two numbers, moments, spans or uuids; null for other texts. */
export function orderOf(left: string, right: string): number | null {
  if (numeric.test(left) && numeric.test(right)) return Math.sign(compareNumbers(left, right));
  for (const parse of [parseMoment, parseInterval]) {
    const [one, other] = [parse(left), parse(right)];
    if (one !== null && other !== null) return one < other ? -1 : one > other ? 1 : 0;
  }
  if (uuid.test(left) && uuid.test(right)) {
    const [one, other] = [left.toLowerCase(), right.toLowerCase()];
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return null;
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/iu;

function compareNumbers(left: string, right: string): number {
  if (/^[+-]?\d+$/u.test(left) && /^[+-]?\d+$/u.test(right)) return Number(BigInt(left) - BigInt(right));
  return Number(left) - Number(right);
}

export function compareTexts(operator: string, left: string, right: string): boolean | null {
  const order = orderOf(left, right);
  switch (operator) {
    case '=':
      return order === null ? left === right : order === 0;
    case '<>':
      return order === null ? left !== right : order !== 0;
    case '<':
      return order === null ? null : order < 0;
    case '<=':
      return order === null ? null : order <= 0;
    case '>':
      return order === null ? null : order > 0;
    case '>=':
      return order === null ? null : order >= 0;
    default:
      return null;
  }
}

export function arithmetic(operator: string, left: string, right: string): string | null {
  if (operator === '||') return left + right;
  if (operator !== '+' && operator !== '-' && operator !== '*' && operator !== '/') return null;
  if (numeric.test(left) && numeric.test(right)) {
    if (/^-?\d+$/u.test(left) && /^-?\d+$/u.test(right)) {
      const [one, other] = [BigInt(left), BigInt(right)];
      if (operator === '+') return String(one + other);
      if (operator === '-') return String(one - other);
      return operator === '*' ? String(one * other) : null;
    }
    const [one, other] = [Number(left), Number(right)];
    const result =
      operator === '+' ? one + other : operator === '-' ? one - other : operator === '*' ? one * other : null;
    return result === null || !Number.isFinite(result) || Math.abs(result) > 1e15 ? null : String(+result.toFixed(9));
  }
  const [moment, span] = [parseMoment(left), parseInterval(right)];
  if (moment !== null && span !== null && (operator === '+' || operator === '-')) {
    return formatMoment(operator === '+' ? moment + span : moment - span) + (/[+-]\d\d$/u.test(left) ? '+00' : '');
  }
  const days = /^\d{4}-\d\d-\d\d$/u.test(left) && /^\d+$/u.test(right) ? BigInt(right) * 86_400_000_000n : null;
  if (moment === null || days === null || (operator !== '+' && operator !== '-')) return null;
  return formatMoment(operator === '+' ? moment + days : moment - days, 'date');
}

export function textFunction(name: string, args: readonly string[]): string | null {
  const [text = ''] = args;
  if (args.length !== 1) return null;
  switch (name) {
    case 'lower':
      return /^[[(]/u.test(text) ? null : text.toLowerCase();
    case 'upper':
      return /^[[(]/u.test(text) ? null : text.toUpperCase();
    case 'btrim':
      return text.replace(/^ +| +$/gu, '');
    case 'length':
    case 'char_length':
    case 'character_length':
      return String([...text].length);
    default:
      return null;
  }
}
