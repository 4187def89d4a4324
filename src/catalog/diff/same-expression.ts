/**
 * Whether two texts of the server say the same expression. It prints `(a AND b) AND c` of what it made itself (of BETWEEN,
 * of a comparison of rows), and reads that back as `a AND b AND c`: after a dump and a restore the text is another.
 */

/** A word, a literal, or what stands between two parentheses. */
type Token = string | readonly Token[];

const pattern =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\s+|[()]|[^\s\w()'"]+|\d[\w.]*/g;

export function isSameExpression(before: string | null, after: string | null): boolean {
  if (before === after) return true;
  if (before === null || after === null) return false;
  return flattened(before) === flattened(after);
}

/** With each list of ANDs within an AND (and ORs within an OR) in one line. */
function flattened(text: string): string {
  const tokens = text.match(pattern) ?? [];
  const [group] = groupFrom(tokens, 0);
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
    const isOperand = typeof token !== 'string' && isEdge(inner[at - 2], operator) && isEdge(inner[at + 2], operator);
    return isOperand && operatorOf(token) === operator ? token : [token];
  });
}

function isEdge(token: Token | undefined, operator: string): boolean {
  return token === undefined || token === operator;
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
