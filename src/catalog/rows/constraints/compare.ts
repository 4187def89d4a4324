/** One comparison with constants, as facts. */
import type { Facts } from './facts.ts';
import { noFacts, sayNull, sayOneOf } from './facts.ts';
import { likeToPattern } from './like.ts';
import type { Subject } from './subject.ts';

/** `5 < x` is `x > 5`; null for what can not be turned. */
export function flipped(operator: string): string | null {
  const turned: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=': '=', '<>': '<>' };
  return turned[operator] ?? null;
}

export function compare(subject: Subject, operator: string, operand: string | readonly string[], facts: Facts): void {
  const [name, ...deeper] = subject.path;
  if (name !== undefined) {
    facts.jsonType ??= 'object';
    const of = facts.keys.get(name) ?? noFacts();
    facts.keys.set(name, of);
    // What is said of it fails for a null only where null is named; a value is the fuller answer.
    if (operator !== 'is null') sayNull(of, 'not null');
    compare({ ...subject, path: deeper }, operator, operand, of);
    return;
  }
  const texts = typeof operand === 'string' ? [operand] : operand;
  const text = texts[0] ?? '';
  switch (subject.of) {
    case 'value':
    case 'json text':
      compareValue(operator, text, texts, facts);
      return;
    case 'lower':
    case 'upper':
    case 'btrim':
      if (subject.of !== 'btrim' && (operator === '~' || operator === '~~')) facts.letters = subject.of;
      if (operator === '<>') facts.not.push(text, text.toUpperCase(), text[0]?.toUpperCase() + text.slice(1));
      else compareValue(operator, text, texts, facts);
      if (subject.of === 'btrim') facts.trimmed = true;
      return;
    case 'length':
    case 'items':
      if (subject.argument === 'btrim') facts.trimmed = true;
      compareLength(operator, Number(text), facts);
      return;
    case 'bytes':
      compareBytes(operator, Number(text), facts);
      return;
    case 'json type':
      if (operator === '=') facts.jsonType = text;
      else if (operator === 'in') facts.jsonType ??= text;
      else if (operator === '<>' && facts.jsonType === text) facts.jsonType = null;
      return;
    case 'remainder':
      if (operator === '=' && subject.argument !== null) {
        facts.multipleOf = { divisor: subject.argument, remainder: text };
      }
      return;
    case 'truncated':
    case 'other':
      return;
    default:
      subject.of satisfies never;
  }
}

function compareValue(operator: string, text: string, texts: readonly string[], facts: Facts): void {
  switch (operator) {
    case '=':
    case 'in':
    case 'is not distinct from':
      sayOneOf(facts, texts);
      if (operator === 'is not distinct from') sayNull(facts, 'not null');
      return;
    case '<>':
    case 'is distinct from':
      facts.not.push(text);
      return;
    case '<':
    case '<=':
      facts.upper.push({ text, inclusive: operator === '<=' });
      return;
    case '>':
    case '>=':
      facts.lower.push({ text, inclusive: operator === '>=' });
      // x > '' is said of texts that are not to be empty.
      if (text === '') facts.minimumLength = Math.max(facts.minimumLength, 1);
      return;
    case '~':
    case '!~':
    case '~*':
    case '!~*':
      facts.patterns.push({ source: text, ignoreCase: operator.endsWith('*'), negated: operator.startsWith('!') });
      return;
    case '~~':
    case '!~~':
    case '~~*':
    case '!~~*':
      facts.patterns.push({
        source: likeToPattern(text),
        ignoreCase: operator.endsWith('*'),
        negated: operator.startsWith('!'),
      });
      return;
    case '^@':
    case 'starts_with':
      facts.patterns.push({
        source: likeToPattern(`${text.replaceAll(/[\\%_]/gu, '\\$&')}%`),
        ignoreCase: false,
        negated: false,
      });
      return;
    case '?':
      facts.jsonType ??= 'object';
      if (!facts.keys.has(text)) facts.keys.set(text, { ...noFacts(), nullness: 'not null' });
      return;
    case '@>':
      holds(text, facts);
      return;
    case '<@':
      liesIn(text, facts);
      return;
    case 'is null':
      sayNull(facts, 'null');
      return;
    case 'is not null':
      sayNull(facts, 'not null');
      return;
    default:
      return;
  }
}

/** JSON that has to be part of it. */
function holds(text: string, facts: Facts): void {
  if (!/^\s*\{\s*["}]/u.test(text)) return;
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    facts.jsonType ??= 'object';
    for (const [name, value] of entries) {
      const of = facts.keys.get(name) ?? noFacts();
      facts.keys.set(name, of);
      sayOneOf(of, [JSON.stringify(value)]);
    }
  } catch {
    // An array in braces, or something else that only the server knows.
  }
}

/** A range around it. */
function liesIn(text: string, facts: Facts): void {
  const range = /^([[(])"?([^",]*)"?,"?([^",]*)"?([\])])$/u.exec(text);
  if (range === null) return;
  const [, from, low = '', high = '', to] = range;
  if (low !== '') facts.lower.push({ text: low, inclusive: from === '[' });
  if (high !== '') facts.upper.push({ text: high, inclusive: to === ']' });
}

function compareLength(operator: string, length: number, facts: Facts): void {
  const { least, most } = span(operator, length);
  facts.minimumLength = Math.max(facts.minimumLength, least);
  facts.maximumLength = Math.min(facts.maximumLength, most);
  if (facts.minimumLength > facts.maximumLength) facts.impossible = true;
}

function compareBytes(operator: string, length: number, facts: Facts): void {
  const { least, most } = span(operator, length);
  facts.minimumBytes = Math.max(facts.minimumBytes, least);
  facts.maximumBytes = Math.min(facts.maximumBytes, most);
  if (facts.minimumBytes > facts.maximumBytes) facts.impossible = true;
}

function span(operator: string, length: number): { readonly least: number; readonly most: number } {
  const endless = Number.POSITIVE_INFINITY;
  switch (operator) {
    case '=':
      return { least: length, most: length };
    case '<':
      return { least: 0, most: length - 1 };
    case '<=':
      return { least: 0, most: length };
    case '>':
      return { least: length + 1, most: endless };
    case '>=':
      return { least: length, most: endless };
    case '<>':
      // Said to forbid the empty one.
      return { least: length === 0 ? 1 : 0, most: endless };
    default:
      return { least: 0, most: endless };
  }
}
