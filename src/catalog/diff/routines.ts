/** Functions, procedures and aggregates. */
import { isParsed } from '../compared-form.ts';
import type { Routine } from '../model.ts';
import type { GoesWith, Kind, Mended, Sides } from './kind.ts';
import { keyOf } from './kind.ts';
import type { Lookup } from './lookup.ts';
import { commentOf, extensionOf, finished, grantsOf, inSchema, ownerOf, withExtension } from './shared.ts';
import { alterSettings, optionParts } from './sql.ts';
import { flag, lines, list, value } from './words.ts';

const noun = ({ kind }: Routine) => (kind === 'window' ? 'function' : kind);
const target = (routine: Routine) => `${noun(routine)} ${signature(routine)}`;

/** All that CREATE OR REPLACE takes; what it does not is made again. */
function replace(before: Routine, after: Routine): Mended {
  if (after.definition === null || before.definition === null) return 'again';
  return isReplaceable(before, after) ? [definition(after)] : 'again';
}

function definition(routine: Routine): string {
  return `${(routine.definition ?? '').replace(/;?\s*$/, '')};`;
}

/** Names, defaults that are there, and the result may not change. */
function isReplaceable(before: Routine, after: Routine): boolean {
  const names = ({ arguments: text }: Routine) => text.replace(/ DEFAULT .*?(?=, |$)/gs, '');
  const defaults = ({ arguments: text }: Routine) => text.match(/ DEFAULT /g)?.length ?? 0;
  return (
    before.kind === after.kind &&
    before.result === after.result &&
    (before.arguments === after.arguments || (names(before) === names(after) && defaults(before) <= defaults(after)))
  );
}

/** A setting that is there keeps its place, and a new one is the last. */
function settingsInOrder(name: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const [had, has] = [before, after].map((settings) => settings.map((one) => optionParts(one)[0])) as [
    string[],
    string[],
  ];
  const order = [...had.filter((one) => has.includes(one)), ...has.filter((one) => !had.includes(one))];
  if (order.join() === has.join()) return alterSettings(name, before, after);
  return [...alterSettings(name, before, []), ...alterSettings(name, [], after)];
}

/** A change of the whole says it all; else the one property is set. */
function property(write: (after: Routine) => string) {
  return (before: Routine, after: Routine): Mended => {
    if (after.kind === 'aggregate') return 'again';
    const whole = ['body', 'arguments', 'result', 'language'] as const;
    if (whole.some((field) => before[field] !== after[field])) return replace(before, after);
    return [`alter ${target(after)} ${write(after)};`];
  };
}

const modifies: Readonly<Record<string, string>> = { r: 'read_only', s: 'shareable', w: 'read_write' };

/** The model tells an aggregate as `kind = n, sfunc = public.add, stype = integer, initcond = '0', finalfunc_extra`. */
function createAggregate(routine: Routine): string {
  const options = [
    ...routine.body.matchAll(/([a-z_][a-z_ ]*?)(?: = ('(?:[^']|'')*'|.*?))?(?:, (?=[a-z_ ]+(?: = |,|$))|$)/gs),
  ]
    .map(([, name = '', text]) => [name, text] as const)
    .filter(([name]) => name !== '' && name !== 'kind' && name !== 'direct arguments');
  const written = options.map(([name, text]) => {
    if (text === undefined) return name;
    if (name.endsWith('_modify')) return `${name} = ${modifies[text] ?? text}`;
    if (name === 'sortop') return `sortop = operator(${text.replace(/\(.*$/s, '')})`;
    return `${name} = ${text}`;
  });
  const hypothetical = /(?:^|, )kind = h/.test(routine.body) ? ['hypothetical'] : [];
  const parallel = routine.parallel === 'unsafe' ? [] : [`parallel = ${routine.parallel}`];
  const name = routine.id.slice(0, routine.id.lastIndexOf('('));
  return `create aggregate ${name}(${routine.arguments === '' ? '*' : routine.arguments}) (${[...written, ...parallel, ...hypothetical].join(', ')});`;
}

/** As DROP, ALTER and COMMENT name it. */
function signature(routine: Routine): string {
  if (routine.kind !== 'aggregate') return routine.id;
  return `${routine.id.slice(0, routine.id.lastIndexOf('('))}(${routine.arguments === '' ? '*' : routine.arguments})`;
}

/** A range brings the functions that make its values. */
function withRange(routine: Routine | null, sides: Sides): GoesWith {
  if (routine?.language !== 'internal') return null;
  const name = routine.id.slice(0, routine.id.lastIndexOf('('));
  const made = ({ catalog }: Lookup) =>
    catalog.types.some((type) => type.kind === 'range' && (type.id === name || type.multirange === name));
  return made(sides.before) === made(sides.after) ? null : 'implied';
}

export const routines: Kind<Routine> = {
  list: 'routines',
  key: ({ id }) => id,
  noun: (routine) => `${noun(routine)} ${routine.id}`,
  attributes: {
    schema: 'identity',
    name: 'identity',
    id: 'identity',
    kind: value(
      'kind',
      ({ kind }) => kind,
      () => 'again',
    ),
    owner: ownerOf(target),
    grants: grantsOf((routine) => ({ on: grantOn(routine) })),
    comment: commentOf(target),
    extension: extensionOf(),
    arguments: value('arguments', (one) => one.arguments, replace),
    result: value(
      'result',
      ({ result }) => result,
      () => 'again',
    ),
    language: value('language', ({ language }) => language, replace),
    securityDefiner: flag(
      'now runs with the rights of its owner (SECURITY DEFINER)',
      'now runs with the rights of its caller (SECURITY INVOKER)',
      (one) => one.securityDefiner,
      property((after) => `security ${after.securityDefiner ? 'definer' : 'invoker'}`),
    ),
    volatility: value(
      'volatility',
      ({ volatility }) => volatility,
      property(({ volatility }) => volatility),
    ),
    strict: flag(
      'now answers null to a null (STRICT)',
      'is now called with nulls',
      ({ strict }) => strict,
      property(({ strict }) => (strict ? 'strict' : 'called on null input')),
    ),
    leakproof: flag(
      'is now leakproof',
      'is no longer leakproof',
      ({ leakproof }) => leakproof,
      property(({ leakproof }) => `${leakproof ? '' : 'not '}leakproof`),
    ),
    parallel: value(
      'parallel',
      ({ parallel }) => parallel,
      property(({ parallel }) => `parallel ${parallel}`),
    ),
    cost: value(
      'cost',
      ({ cost }) => cost,
      property(({ cost }) => `cost ${cost}`),
    ),
    rows: value(
      'rows',
      ({ rows }) => rows,
      property(({ rows }) => `rows ${rows}`),
    ),
    support: value(
      'support function',
      ({ support }) => support,
      (before, after) =>
        after.support === null
          ? replace(before, after)
          : [`alter ${target(after)} support ${after.support.replace(/\(.*$/s, '')};`],
    ),
    settings: list(
      'setting',
      ({ settings }) => settings,
      (before, after) =>
        before.body === after.body && before.arguments === after.arguments && before.result === after.result
          ? settingsInOrder(target(after), before.settings, after.settings)
          : replace(before, after),
    ),
    transforms: list('transform', ({ transforms }) => transforms, replace),
    body: lines('body', ({ body }) => body, replace),
    definition: lines('definition', (one) => one.definition, replace, {
      with: [
        'kind',
        'arguments',
        'result',
        'language',
        'securityDefiner',
        'volatility',
        'strict',
        'leakproof',
        'parallel',
        'cost',
        'rows',
        'support',
        'settings',
        'transforms',
        'body',
      ],
    }),
  },
  isOther: (before, after) => noun(before) !== noun(after),
  within: ({ extension }) => (extension === null ? [] : [keyOf('extensions', extension)]),
  goesWith: (before, after, _, sides) => withExtension(before, after, sides) ?? withRange(before ?? after, sides),
  whole: (routine) => routine.definition ?? `${target(routine)} ${routine.body}`,
  create: (routine, _, sides) => {
    const made = routine.kind === 'aggregate' ? createAggregate(routine) : definition(routine);
    return [made, ...finished(routine, { target: target(routine), on: grantOn(routine), objects: 'functions' }, sides)];
  },
  drop: (routine) => [`drop ${target(routine)};`],
  remade: ({ language }) => language !== 'internal',
  text: (routine) =>
    [
      `${routine.arguments} ${routine.result ?? ''} ${routine.id.slice(routine.id.indexOf('('))} ${routine.support ?? ''}`,
      isParsed(routine) || routine.kind === 'aggregate' ? routine.body : '',
    ].join(' '),
  needs: (routine) => [...inSchema(routine), keyOf('roles', routine.owner)],
};

/** GRANT knows no aggregates. */
function grantOn(routine: Routine): string {
  return `on ${routine.kind === 'procedure' ? 'procedure' : 'function'} ${routine.id}`;
}
