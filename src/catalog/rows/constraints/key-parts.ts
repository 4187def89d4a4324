/** The columns and expressions of a unique index. */
import type { Index } from '../../model.ts';
import type { Expression } from '../expression/expression.ts';
import { opaque } from '../expression/expression.ts';
import { parseCondition } from '../expression/parse.ts';

export function keyParts(index: Index): readonly Expression[] {
  if (!index.columns.includes(null)) return index.columns.map((name) => ({ kind: 'column', name: name ?? '' }));
  const texts = listedIn(index.definition);
  return index.columns.map((name, at) => {
    if (name !== null) return { kind: 'column', name };
    // `lower(username) COLLATE "C" text_pattern_ops DESC`: what stands behind does not change what is unique, or hardly.
    const text = (texts[at] ?? '').replace(/\s+(?:COLLATE\s|[A-Za-z_."]+_ops\b|ASC\b|DESC\b|NULLS\b).*$/su, '');
    return text === '' ? opaque : parseCondition(text);
  });
}

/** What stands between the brackets behind `USING btree`, parted at commas that are not inside of others. */
function listedIn(definition: string): readonly string[] {
  const start = /\sUSING\s\w+\s\(/u.exec(definition);
  const parts: string[] = [''];
  if (start === null) return [];
  let depth = 0;
  let quote: string | null = null;
  for (const char of definition.slice(start.index + start[0].length)) {
    if (quote !== null) {
      if (char === quote) quote = null;
    } else if (char === '"' || char === "'") quote = char;
    else if (char === '(' || char === '[') depth += 1;
    else if (char === ')' || char === ']') {
      if (depth === 0) break;
      depth -= 1;
    } else if (char === ',' && depth === 0) {
      parts.push('');
      continue;
    }
    parts[parts.length - 1] += char;
  }
  return parts.map((part) => part.trim());
}
