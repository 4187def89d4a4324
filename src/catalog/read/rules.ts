/** Rules, without those that make a view a view. */
import type { Rule } from '../model.ts';
import type { EnabledLetter, ReadContext } from './context.ts';
import { enabledWords } from './context.ts';
import { firstOid, sortedBy } from './names.ts';

export const ruleSql = `select oid, ev_class as relation, rulename as name, pg_catalog.pg_get_ruledef(oid) as definition,
  ev_enabled as enabled
from pg_catalog.pg_rewrite where oid >= ${firstOid} and rulename <> '_RETURN'`;

export interface RuleRow {
  readonly oid: number;
  readonly relation: number;
  readonly name: string;
  readonly definition: string | null;
  readonly enabled: EnabledLetter;
}

export function rulesOf(rows: readonly RuleRow[], { names }: ReadContext): readonly Rule[] {
  const rules: Rule[] = [];
  for (const row of rows) {
    const relation = names.shown(row.relation);
    if (relation === null) continue;
    rules.push({
      relation: relation.id,
      name: row.name,
      definition: row.definition ?? '',
      enabled: enabledWords[row.enabled],
      comment: names.comment('rule', row.oid),
    });
  }
  return sortedBy(rules, ({ relation, name }) => `${relation}\0${name}`);
}
