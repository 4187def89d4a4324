/** From a type's text in the catalog to what its values look like. */
import type { Catalog, Column, UserType } from '../../model.ts';
import { parseCondition } from '../expression/parse.ts';
import type { Axis } from './axis.ts';
import { dateAxis, decimalAxis, integerAxis, intervalAxis, intervalUnits, timeAxis, timestampAxis } from './axis.ts';
import { samplerOf } from './samples.ts';
import type { TypeSource, ValueType } from './value-type.ts';

export function typeSource(catalog: Catalog): TypeSource {
  const known = new Map<string, ValueType>();
  const users = new Map(catalog.types.map((type) => [type.id, type]));
  const source: TypeSource = {
    catalog,
    valueType(type) {
      const found = known.get(type);
      if (found !== undefined) return found;
      // A type that holds itself is not one; this only keeps a damaged catalog from going round for ever.
      known.set(type, { kind: 'unknown', name: type });
      const resolved = resolve(type, source, users);
      known.set(type, resolved);
      return resolved;
    },
  };
  return source;
}

function resolve(type: string, source: TypeSource, users: ReadonlyMap<string, UserType>): ValueType {
  if (type.endsWith('[]')) return { kind: 'array', item: source.valueType(type.slice(0, -2)) };
  const user = users.get(type);
  if (user !== undefined && user.kind !== 'base') return ofUser(user, source);
  const ranged = source.catalog.types.find((one) => one.kind === 'range' && one.multirange === type);
  if (ranged !== undefined && ranged.kind === 'range') return rangeOf(ranged.subtype, true, source);
  const columns = source.catalog.columns.filter((column) => column.relation === type);
  if (columns.length > 0) return rowType(columns, source);
  const parts = /^(?<name>.*?)(?:\((?<argument>[^)]*)\))?(?<rest> with(?:out)? time zone)?$/su.exec(type);
  const name = parts?.groups?.name ?? type;
  const argument = parts?.groups?.argument ?? null;
  const rest = parts?.groups?.rest ?? '';
  const last = /(?:^|\.)([^."]+|"(?:[^"]|"")+")$/u.exec(name)?.[1]?.replaceAll('"', '') ?? name;
  const builtIn = builtInType(`${name}${rest}`, argument, source);
  if (builtIn !== null) return builtIn;
  if (last === 'citext') return { kind: 'text', most: Number.POSITIVE_INFINITY, padded: false, ascii: false };
  const sampler = samplerOf(last, argument);
  return sampler === null ? { kind: 'unknown', name: type } : { kind: 'sample', sampler };
}

function ofUser(type: UserType, source: TypeSource): ValueType {
  switch (type.kind) {
    case 'enum':
      return { kind: 'enum', labels: type.labels };
    case 'domain': {
      const checks = source.catalog.constraints.filter(
        (constraint) => constraint.on === 'domain' && constraint.parent === type.id && constraint.kind === 'check',
      );
      return {
        kind: 'domain',
        base: source.valueType(type.base),
        notNull: type.notNull,
        checks: checks.map((check) => parseCondition(check.definition)),
      };
    }
    case 'composite':
      return { kind: 'composite', fields: type.attributes.map((attribute) => source.valueType(attribute.type)) };
    case 'range':
      return rangeOf(type.subtype, false, source);
    case 'base':
      return { kind: 'unknown', name: type.id };
    default:
      return type satisfies never;
  }
}

function rowType(columns: readonly Column[], source: TypeSource): ValueType {
  const ordered = [...columns].sort((one, other) => one.position - other.position);
  return { kind: 'composite', fields: ordered.map((column) => source.valueType(column.type)) };
}

function rangeOf(subtype: string, multiple: boolean, source: TypeSource): ValueType {
  return {
    kind: 'range',
    subtype: source.valueType(subtype),
    multiple,
    step: ['integer', 'bigint', 'date'].includes(subtype),
  };
}

const ranges: Readonly<Record<string, string>> = {
  int4: 'integer',
  int8: 'bigint',
  num: 'numeric',
  date: 'date',
  ts: 'timestamp without time zone',
  tstz: 'timestamp with time zone',
};

const texts = new Set(['text', 'character varying', 'name', '"char"', 'character']);
const ordered = (axis: Axis): ValueType => ({ kind: 'ordered', axis });

function builtInType(name: string, argument: string | null, source: TypeSource): ValueType | null {
  if (texts.has(name)) return textType(name, argument);
  const range = /^(int4|int8|num|date|ts|tstz)(multi)?range$/u.exec(name);
  if (range !== null) return rangeOf(ranges[range[1] ?? ''] ?? '', range[2] !== undefined, source);
  const interval = /^interval(?: (?:\w+ to )?(year|month|day|hour|minute|second))?$/u.exec(name);
  if (interval !== null) {
    return ordered(intervalAxis(argument === null ? 6 : Number(argument), intervalUnits[interval[1] ?? '']));
  }
  const digits = argument === null ? 6 : Number(argument);
  switch (name) {
    case 'smallint':
      return ordered(integerAxis(16));
    case 'integer':
      return ordered(integerAxis(32));
    case 'bigint':
      return ordered(integerAxis(64));
    case 'numeric':
      return ordered(numericAxis(argument));
    case 'real':
      return ordered(decimalAxis(2, 6));
    case 'double precision':
      return ordered(decimalAxis(3, 14));
    case 'money':
      return ordered(decimalAxis(2, 18));
    case 'oid':
    case 'xid':
    case 'cid':
      return ordered(decimalAxis(0, 10, 0n, 4_294_967_295n));
    case 'xid8':
      return ordered(decimalAxis(0, 20, 0n, 2n ** 63n - 1n));
    case 'date':
      return ordered(dateAxis);
    case 'timestamp with time zone':
    case 'timestamp without time zone':
      return ordered(timestampAxis(name.includes('with '), digits));
    case 'time with time zone':
    case 'time without time zone':
      return ordered(timeAxis(name.includes('with '), digits));
    case 'boolean':
    case 'uuid':
    case 'bytea':
      return { kind: name };
    case 'json':
    case 'jsonb':
      return { kind: 'json' };
    case 'bit':
      return { kind: 'bits', length: Number(argument ?? 1), varying: false };
    case 'bit varying':
      return { kind: 'bits', length: Number(argument ?? 24), varying: true };
    default:
      return null;
  }
}

function textType(name: string, argument: string | null): ValueType {
  const endless = Number.POSITIVE_INFINITY;
  if (name === '"char"') return { kind: 'text', most: 1, padded: false, ascii: true };
  if (name === 'name') return { kind: 'text', most: 63, padded: false, ascii: true };
  // `character` without a length is how the server writes bpchar.
  const most = argument === null ? endless : Number(argument);
  return { kind: 'text', most, padded: name === 'character', ascii: false };
}

function numericAxis(argument: string | null): Axis {
  if (argument === null) return decimalAxis(4, 24);
  const [precision = 0, scale = 0] = argument.split(',').map(Number);
  if (scale < 0) return decimalAxis(scale, precision);
  return decimalAxis(scale, precision);
}
