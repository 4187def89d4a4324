/** Definitions without what fields of their own tell, or what a statement changes apart from the rest. */
import type { Index } from '../model.ts';

/** Of a constraint. */
export function withoutFlags(definition: string): string {
  return definition.replace(
    /(?: (?:NOT )?DEFERRABLE| INITIALLY (?:DEFERRED|IMMEDIATE)| NOT VALID| NOT ENFORCED| NO INHERIT)+$/,
    '',
  );
}

/** Of an index: its name is told apart, its options are what ALTER INDEX can change. */
export function withoutNameAndOptions({ definition }: Index): string {
  const { start, end } = withClause(definition);
  const rest = definition.slice(0, start) + definition.slice(end);
  return rest.replace(/ INDEX (?:"(?:[^"]|"")*"|[^\s"]+) ON /, ' INDEX ON ');
}

/** `fillfactor=50`, of WITH (…). */
export function optionsOfIndex({ definition }: Index): readonly string[] {
  const { start, end } = withClause(definition);
  const inside = definition.slice(start, end);
  return [...inside.matchAll(/([\w.]+)='?((?:[^',)]|'')*)'?/g)].map(([, name, text]) => `${name}=${text}`);
}

/** Where WITH (…) stands, or nothing: expressions and literals may hold the same words. */
function withClause(definition: string): { readonly start: number; readonly end: number } {
  const nothing = { start: definition.length, end: definition.length };
  if (!definition.includes(' WITH (')) return nothing;
  let depth = 0;
  let start = -1;
  for (const { 0: token, index } of definition.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"| WITH (?=\()|[()]/g)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (token === ' WITH ' && depth === 0) start = index;
    if (start >= 0 && token === ')' && depth === 0) return { start, end: index + 1 };
  }
  return nothing;
}
