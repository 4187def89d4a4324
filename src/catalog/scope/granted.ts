/**
 * Objects of the platform's on which the application granted something: the grants alone, so that another version of the
 * platform makes no difference.
 */
import type { Grant, Relation, Routine, Schema, Sequence, UserType } from '../model.ts';

const bare = { owner: '', comment: null, extension: null } as const;

export function grantedSchema(schema: Schema, grants: readonly Grant[]): Schema {
  return { ...schema, ...bare, grants };
}

export function grantedType({ schema, name, id }: UserType, grants: readonly Grant[]): UserType {
  return { schema, name, id, ...bare, grants, kind: 'base', detail: '' };
}

export function grantedRelation({ schema, name, id, kind }: Relation, grants: readonly Grant[]): Relation {
  return {
    ...{ schema, name, id, kind, ...bare, grants },
    ...{ persistence: 'permanent', accessMethod: null, tablespace: null, options: [], ofType: null },
    ...{ rowSecurity: false, forceRowSecurity: false, replicaIdentity: 'default', inherits: [] },
    ...{ partitionKey: null, partitionBound: null, definition: null, populated: true },
    ...{ foreignServer: null, foreignOptions: [] },
  };
}

export function grantedSequence({ schema, name, id }: Sequence, grants: readonly Grant[]): Sequence {
  return {
    ...{ schema, name, id, ...bare, grants },
    ...{ type: 'bigint', start: '1', increment: '1', minimum: '1', maximum: '9223372036854775807', cache: '1' },
    ...{ cycle: false, persistence: 'permanent', ownedBy: null, identity: false },
  };
}

export function grantedRoutine({ schema, name, id, kind }: Routine, grants: readonly Grant[]): Routine {
  return {
    ...{ schema, name, id, kind, ...bare, grants, arguments: '', result: null, language: '' },
    ...{ securityDefiner: false, volatility: 'volatile', strict: false, leakproof: false, parallel: 'unsafe' },
    ...{ cost: 0, rows: 0, support: null, settings: [], transforms: [], body: '', definition: null },
  };
}
