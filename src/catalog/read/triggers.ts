/** Triggers and event triggers; those that the server makes for foreign keys are not listed. */
import type { EventTrigger, Trigger } from '../model.ts';
import type { EnabledLetter, ReadContext } from './context.ts';
import { enabledWords } from './context.ts';
import { sortedBy } from './names.ts';

export const triggerSql = `select t.oid, t.tgrelid as relation, t.tgname as name, pg_catalog.pg_get_triggerdef(t.oid) as definition,
  t.tgfoid as routine, t.tgfoid::pg_catalog.regprocedure::text as function, t.tgenabled as enabled, t.tgparentid = 0 as local
from pg_catalog.pg_trigger t where not t.tgisinternal`;

export interface TriggerRow {
  readonly oid: number;
  readonly relation: number;
  readonly name: string;
  readonly definition: string | null;
  readonly function: string;
  readonly enabled: EnabledLetter;
  readonly local: boolean;
}

export const eventTriggerSql = `select oid, evtname as name, evtowner as owner, evtevent as event,
  evtfoid::pg_catalog.regprocedure::text as function, evttags as tags, evtenabled as enabled
from pg_catalog.pg_event_trigger`;

export interface EventTriggerRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: number;
  readonly event: string;
  readonly function: string;
  readonly tags: readonly string[] | null;
  readonly enabled: EnabledLetter;
}

export function triggersOf(rows: readonly TriggerRow[], { names }: ReadContext): readonly Trigger[] {
  const triggers: Trigger[] = [];
  for (const row of rows) {
    const relation = names.shown(row.relation);
    if (relation === null) continue;
    triggers.push({
      relation: relation.id,
      name: row.name,
      definition: row.definition ?? '',
      function: row.function,
      enabled: enabledWords[row.enabled],
      local: row.local,
      comment: names.comment('trigger', row.oid),
      extension: names.extension('trigger', row.oid),
    });
  }
  return sortedBy(triggers, ({ relation, name }) => `${relation}\0${name}`);
}

export function eventTriggersOf(rows: readonly EventTriggerRow[], { names }: ReadContext): readonly EventTrigger[] {
  const triggers = rows.map(
    (row): EventTrigger => ({
      name: row.name,
      owner: names.role(row.owner),
      event: row.event,
      function: row.function,
      tags: row.tags ?? [],
      enabled: enabledWords[row.enabled],
      comment: names.comment('event trigger', row.oid),
      extension: names.extension('event trigger', row.oid),
    }),
  );
  return sortedBy(triggers, ({ name }) => name);
}
