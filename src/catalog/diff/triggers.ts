/** Triggers, rules and event triggers. */
import { quoteIdentifier, quoteLiteral } from '../../postgres/quote.ts';
import { isSameField } from '../compared-form.ts';
import type { EventTrigger, Rule, Trigger } from '../model.ts';
import type { GoesWith, Kind, Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { columnKey } from './lookup.ts';
import { commentOf, extensionOf, ownerOf, withExtension } from './shared.ts';
import { newComment, ownerTo, shown } from './sql.ts';
import { flag, lines, list, value } from './words.ts';

type Enabled = Trigger['enabled'];

const enabling: Readonly<Record<Enabled, string>> = {
  origin: 'enable',
  disabled: 'disable',
  replica: 'enable replica',
  always: 'enable always',
};

function enable(relation: string, what: 'trigger' | 'rule', name: string, enabled: Enabled): string {
  return `alter table ${relation} ${enabling[enabled]} ${what} ${quoteIdentifier(name)};`;
}

const target = ({ name, relation }: Trigger | Rule) => `${quoteIdentifier(name)} on ${relation}`;
const trigger = (one: Trigger) => `trigger ${target(one)}`;

/** That of a partition comes and goes with the one of its parent. */
function withParent(before: Trigger | null, after: Trigger | null, attribute: string | null, sides: Sides): GoesWith {
  const one = before ?? after;
  if (one === null || before?.local === true || after?.local === true) return null;
  const parentOf = (side: Lookup) =>
    side
      .relation(one.relation)
      ?.inherits.map((parent) =>
        side.catalog.triggers.find(({ relation, name }) => relation === parent && name === one.name),
      )
      .find((found) => found !== undefined) ?? null;
  const [had, has] = [parentOf(sides.before), parentOf(sides.after)];
  if (had === null || has === null) return 'implied';
  if (attribute === 'enabled') return had.enabled !== has.enabled ? 'implied' : null;
  return isSameField('triggers', 'definition', had, has) ? null : 'implied';
}

export const triggers: Kind<Trigger> = {
  list: 'triggers',
  key: ({ relation, name }) => columnKey(relation, name),
  noun: ({ relation, name }) => `trigger ${shown(name)} on ${relation}`,
  attributes: {
    relation: 'identity',
    name: 'identity',
    definition: lines(
      'definition',
      ({ definition }) => definition,
      () => 'again',
    ),
    function: value(
      'function',
      (one) => one.function,
      () => 'again',
      { with: ['definition'] },
    ),
    enabled: value(
      'state',
      ({ enabled }) => enabled,
      (_, after) => [enable(after.relation, 'trigger', after.name, after.enabled)],
    ),
    local: flag(
      'is now its own',
      'is now its parent’s',
      ({ local }) => local,
      () => null,
    ),
    comment: commentOf(trigger),
    extension: extensionOf(),
  },
  within: ({ relation }) => [keyOf('relations', relation)],
  goesWith: (before, after, attribute, sides) =>
    withExtension(before, after, sides) ?? withParent(before, after, attribute, sides),
  whole: ({ definition }) => definition,
  create: (one) =>
    one.local
      ? [
          `${one.definition};`,
          ...(one.enabled === 'origin' ? [] : [enable(one.relation, 'trigger', one.name, one.enabled)]),
          ...newComment(trigger(one), one.comment),
        ]
      : [],
  drop: (one) => (one.local ? [`drop ${trigger(one)};`] : []),
  remade: ({ local }) => local,
  text: ({ definition }) => definition,
  columnsOf: ({ relation }) => relation,
  needs: ({ relation }) => [keyOf('relations', relation)],
};

const rule = (one: Rule) => `rule ${target(one)}`;

export const rules: Kind<Rule> = {
  list: 'rules',
  key: ({ relation, name }) => columnKey(relation, name),
  noun: ({ relation, name }) => `rule ${shown(name)} on ${relation}`,
  attributes: {
    relation: 'identity',
    name: 'identity',
    definition: lines(
      'definition',
      ({ definition }) => definition,
      () => 'again',
    ),
    enabled: value(
      'state',
      ({ enabled }) => enabled,
      (_, after) => [enable(after.relation, 'rule', after.name, after.enabled)],
    ),
    comment: commentOf(rule),
  },
  within: ({ relation }) => [keyOf('relations', relation)],
  whole: ({ definition }) => definition,
  create: (one) => [
    one.definition.replace(/;?\s*$/, ';'),
    ...(one.enabled === 'origin' ? [] : [enable(one.relation, 'rule', one.name, one.enabled)]),
    ...newComment(rule(one), one.comment),
  ],
  drop: (one) => [`drop ${rule(one)};`],
  remade: () => true,
  text: ({ definition }) => definition,
  columnsOf: ({ relation }) => relation,
  needs: ({ relation }) => [keyOf('relations', relation)],
};

const eventTrigger = ({ name }: EventTrigger) => `event trigger ${quoteIdentifier(name)}`;
const state = (one: EventTrigger) => `alter ${eventTrigger(one)} ${enabling[one.enabled]};`;

function createEvent(one: EventTrigger): string {
  const tags =
    one.tags.length === 0 ? '' : ` when tag in (${one.tags.map((tag) => quoteLiteral(tag).trim()).join(', ')})`;
  const call = one.function.endsWith(')') ? one.function : `${one.function}()`;
  return `create ${eventTrigger(one)} on ${one.event}${tags} execute function ${call};`;
}

export const eventTriggers: Kind<EventTrigger> = {
  list: 'eventTriggers',
  key: ({ name }) => name,
  noun: ({ name }) => `event trigger ${shown(name)}`,
  attributes: {
    name: 'identity',
    owner: ownerOf(eventTrigger),
    event: value(
      'event',
      ({ event }) => event,
      () => 'again',
    ),
    function: value(
      'function',
      (one) => one.function,
      () => 'again',
    ),
    tags: list(
      'tag',
      ({ tags }) => tags,
      () => 'again',
    ),
    enabled: value(
      'state',
      ({ enabled }) => enabled,
      (_, after) => [state(after)],
    ),
    comment: commentOf(eventTrigger),
    extension: extensionOf(),
  },
  goesWith: (before, after, _, sides) => withExtension(before, after, sides),
  whole: createEvent,
  create: (one) => [
    createEvent(one),
    ownerTo(eventTrigger(one), one.owner),
    ...(one.enabled === 'origin' ? [] : [state(one)]),
    ...newComment(eventTrigger(one), one.comment),
  ],
  drop: (one) => [`drop ${eventTrigger(one)};`],
  remade: () => true,
  text: (one) => `${one.function}(`,
  needs: ({ owner }) => [keyOf('roles', owner)],
};
