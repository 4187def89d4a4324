/**
 * An expression as the server prints it, in a form that a dump and a restore leave alone. It prints `(a AND b) AND c` of
 * what it made itself (of BETWEEN, of a comparison of rows), and reads that back as `a AND b AND c`.
 */

/** A word, a literal, or what stands between two parentheses. */
type Token = string | readonly Token[];

const pattern =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\s+|[()]|[^\s\w()'"]+|\d[\w.]*/g;

/** With each list of ANDs within an AND (and ORs within an OR) in one line. */
export function flattened(text: string): string {
  // Most have at most one of them, and nothing to be regrouped.
  if ((text.match(/ (?:AND|OR) /g)?.length ?? 0) < 2) return text;
  const [group] = groupFrom(text.match(pattern) ?? [], 0);
  return written(flat(group));
}

function groupFrom(tokens: readonly string[], start: number): readonly [readonly Token[], number] {
  const group: Token[] = [];
  let at = start;
  while (at < tokens.length) {
    const token = tokens[at] ?? '';
    at += 1;
    if (token === ')') return [group, at];
    if (token === '(') {
      const [inner, next] = groupFrom(tokens, at);
      group.push(inner);
      at = next;
    } else if (token.trim() !== '') group.push(token);
    else group.push(' ');
  }
  return [group, at];
}

function flat(group: readonly Token[]): readonly Token[] {
  const inner = group.map((token) => (typeof token === 'string' ? token : flat(token)));
  const operator = operatorOf(inner);
  if (operator === null) return inner;
  return inner.flatMap((token, at): readonly Token[] => {
    const isOperand =
      typeof token !== 'string' &&
      isEdge([inner[at - 1], inner[at - 2]], operator) &&
      isEdge([inner[at + 1], inner[at + 2]], operator);
    return isOperand && operatorOf(token) === operator ? token : [token];
  });
}

/** `f(a AND b) AND c`: what stands beside the parentheses may be a name. */
function isEdge([space, token]: readonly (Token | undefined)[], operator: string): boolean {
  return space === undefined || (space === ' ' && token === operator);
}

/** AND or OR, where the group is a list of that alone. */
function operatorOf(group: readonly Token[]): string | null {
  const found = new Set(group.filter((token) => token === 'AND' || token === 'OR'));
  const [operator] = found;
  return found.size === 1 && typeof operator === 'string' ? operator : null;
}

function written(group: readonly Token[]): string {
  return group.map((token) => (typeof token === 'string' ? token : `(${written(token)})`)).join('');
}
