/** Reads a deparsed condition into an expression; what it does not know becomes opaque, never wrong. */
import type { Expression } from './expression.ts';
import { call, constant, opaque, truth } from './expression.ts';
import type { Token } from './tokens.ts';
import { tokensOf } from './tokens.ts';
import { readTypeName } from './type-name.ts';

/** `CHECK ((price >= 0)) NO INHERIT` or the bare condition. */
export function parseCondition(definition: string): Expression {
  const inner = /^CHECK \((.*)\)(?: NO INHERIT| NOT VALID| NOT ENFORCED)*$/su.exec(definition)?.[1] ?? definition;
  const tokens = tokensOf(inner);
  if (tokens === null) return opaque;
  try {
    const reader = new Reader(tokens);
    const expression = readOr(reader);
    return reader.atEnd() ? expression : opaque;
  } catch (error) {
    if (error instanceof NotUnderstood) return opaque;
    throw error;
  }
}

class NotUnderstood extends Error {}

/** Where in the tokens the reading is. */
export class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  take(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new NotUnderstood();
    this.#at += 1;
    return token;
  }

  atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  is(...texts: readonly string[]): boolean {
    return texts.every((text, ahead) => {
      const token = this.peek(ahead);
      return token?.text === text && (token.kind === 'word' || token.kind === 'sign');
    });
  }

  accept(...texts: readonly string[]): boolean {
    if (!this.is(...texts)) return false;
    this.#at += texts.length;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) throw new NotUnderstood();
  }
}

function readOr(reader: Reader): Expression {
  const args = [readAnd(reader)];
  while (reader.accept('or')) args.push(readAnd(reader));
  return args.length === 1 ? (args[0] as Expression) : { kind: 'or', args };
}

function readAnd(reader: Reader): Expression {
  const args = [readNot(reader)];
  while (reader.accept('and')) args.push(readNot(reader));
  return args.length === 1 ? (args[0] as Expression) : { kind: 'and', args };
}

function readNot(reader: Reader): Expression {
  return reader.accept('not') ? { kind: 'not', arg: readNot(reader) } : readIs(reader);
}

function readIs(reader: Reader): Expression {
  let left = readComparison(reader);
  while (reader.accept('is')) {
    const not = reader.accept('not');
    let said: Expression;
    if (reader.accept('null')) said = { kind: 'is null', arg: left };
    else if (reader.accept('true')) said = call('is true', left);
    else if (reader.accept('false')) said = call('is false', left);
    else if (reader.accept('unknown')) said = { kind: 'is null', arg: left };
    else if (reader.accept('distinct', 'from')) said = call('is distinct from', left, readComparison(reader));
    else throw new NotUnderstood();
    left = not ? { kind: 'not', arg: said } : said;
  }
  return left;
}

const comparisons = new Set(['=', '<>', '<', '<=', '>', '>=']);

function readComparison(reader: Reader): Expression {
  let left = readOther(reader);
  for (;;) {
    const sign = reader.peek();
    if (sign?.kind !== 'sign' || !comparisons.has(sign.text)) return left;
    left = readOperand(reader, left, reader.take().text, readOther);
  }
}

/** Operators of the user, LIKE, regular expressions, `||`, JSON. */
function readOther(reader: Reader): Expression {
  let left = readSum(reader);
  for (;;) {
    if (reader.is('operator', '(')) {
      left = readOperand(reader, left, readQualifiedOperator(reader), readSum);
      continue;
    }
    const sign = reader.peek();
    if (sign?.kind !== 'sign' || comparisons.has(sign.text) || !/^[-+*/<>=~!@#%^&|`?]+$/u.test(sign.text)) return left;
    left = readOperand(reader, left, reader.take().text, readSum);
  }
}

function readQualifiedOperator(reader: Reader): string {
  reader.expect('operator');
  reader.expect('(');
  let sign = reader.take().text;
  while (reader.accept('.')) sign = reader.take().text;
  reader.expect(')');
  return sign;
}

function readOperand(
  reader: Reader,
  left: Expression,
  operator: string,
  read: (reader: Reader) => Expression,
): Expression {
  for (const kind of ['any', 'all'] as const) {
    if (!reader.accept(kind, '(')) continue;
    const right = readOr(reader);
    reader.expect(')');
    return { kind, operator, left, right };
  }
  return call(operator, left, read(reader));
}

function readSum(reader: Reader): Expression {
  let left = readProduct(reader);
  while (reader.is('+') || reader.is('-')) left = call(reader.take().text, left, readProduct(reader));
  return left;
}

function readProduct(reader: Reader): Expression {
  let left = readZone(reader);
  while (reader.is('*') || reader.is('/') || reader.is('%')) left = call(reader.take().text, left, readZone(reader));
  return left;
}

function readZone(reader: Reader): Expression {
  let left = readSigned(reader);
  while (reader.accept('at', 'time', 'zone')) left = call('timezone', readSigned(reader), left);
  return left;
}

function readSigned(reader: Reader): Expression {
  if (reader.accept('-')) {
    const arg = readSigned(reader);
    return arg.kind === 'constant' && arg.text !== null ? constant(`-${arg.text}`) : call('-', constant('0'), arg);
  }
  return readPostfix(reader);
}

function readPostfix(reader: Reader): Expression {
  let value = readPrimary(reader);
  for (;;) {
    if (reader.accept('::')) value = { kind: 'cast', arg: value, type: readTypeName(reader) };
    else if (reader.accept('collate')) readQualified(reader);
    else if (reader.accept('[')) {
      const index = readOr(reader);
      reader.expect(']');
      value = call('[]', value, index);
    } else if (reader.accept('.')) value = call('.', value, constant(reader.take().text));
    else return value;
  }
}

function readQualified(reader: Reader): string {
  let name = reader.take().text;
  while (reader.accept('.')) name = reader.take().text;
  return name;
}

function readList(reader: Reader, end: string): readonly Expression[] {
  const items: Expression[] = [];
  if (reader.accept(end)) return items;
  do items.push(readOr(reader));
  while (reader.accept(','));
  reader.expect(end);
  return items;
}

function readPrimary(reader: Reader): Expression {
  const token = reader.take();
  if (token.kind === 'text' || token.kind === 'number') return constant(token.text);
  if (token.kind === 'sign') {
    if (token.text !== '(') throw new NotUnderstood();
    const items = readList(reader, ')');
    return items.length === 1 ? (items[0] as Expression) : call('row', ...items);
  }
  if (token.kind === 'word') {
    const special = readSpecial(token.text, reader);
    if (special !== null) return special;
  }
  let name = token.text;
  let qualified = false;
  while (reader.peek()?.text === '.' && ['word', 'name'].includes(reader.peek(1)?.kind ?? '')) {
    reader.take();
    name = reader.take().text;
    qualified = true;
  }
  if (reader.accept('(')) {
    if (reader.accept('*', ')')) return call(name);
    return call(name, ...readList(reader, ')'));
  }
  if (qualified) throw new NotUnderstood();
  return { kind: 'column', name };
}

function readSpecial(word: string, reader: Reader): Expression | null {
  switch (word) {
    case 'true':
    case 'false':
      return truth(word === 'true');
    case 'null':
      return constant(null);
    case 'array': {
      if (!reader.accept('[')) return null;
      return { kind: 'array', items: readList(reader, ']') };
    }
    case 'case':
      return readCase(reader);
    case 'extract': {
      reader.expect('(');
      const field = reader.take().text;
      reader.expect('from');
      const from = readOr(reader);
      reader.expect(')');
      return call('extract', constant(field), from);
    }
    case 'trim': {
      reader.expect('(');
      const side = reader.accept('both') ? 'btrim' : reader.accept('leading') ? 'ltrim' : 'rtrim';
      if (side === 'rtrim') reader.expect('trailing');
      const characters = reader.accept('from') ? null : readOr(reader);
      if (characters !== null) reader.expect('from');
      const from = readOr(reader);
      reader.expect(')');
      return characters === null ? call(side, from) : call(side, from, characters);
    }
    case 'substring': {
      reader.expect('(');
      const from = readOr(reader);
      const args = [from];
      if (reader.accept(',') || reader.accept('from')) args.push(readOr(reader));
      if (reader.accept(',') || reader.accept('for')) args.push(readOr(reader));
      reader.expect(')');
      return call('substring', ...args);
    }
    case 'current_date':
    case 'current_timestamp':
    case 'localtimestamp':
    case 'current_time':
      return opaque;
    default:
      return null;
  }
}

function readCase(reader: Reader): Expression {
  const subject = reader.is('when') ? null : readOr(reader);
  const whens: { when: Expression; gives: Expression }[] = [];
  while (reader.accept('when')) {
    const when = readOr(reader);
    reader.expect('then');
    whens.push({ when: subject === null ? when : call('=', subject, when), gives: readOr(reader) });
  }
  const otherwise = reader.accept('else') ? readOr(reader) : constant(null);
  reader.expect('end');
  return { kind: 'case', whens, otherwise };
}
