/**
 * dbkit's model of all objects of a database: typed, ordered, without OIDs; plain values that survive JSON.
 *
 * Names that end in `id` are SQL texts under an empty search_path: `public.orders`, `"Odd Schema"."Odd table"`,
 * `public.total(uuid, integer)`. Lists are in code-point order of their identity. Texts that the server deparses
 * (definitions, expressions, types) are as it prints them under an empty search_path. What a major does not know has
 * the value that says the same there (`enforced: true` before 18).
 */

/** Raised when a field is added, read or held against another differently: fingerprints of another model are recomputed, never compared. */
export const modelVersion = 2;

/** What a grantee holds by one grantor; `grantable` are those of `privileges` that it may pass on. */
export interface Grant {
  /** Role name, or `public` for everybody (no role can have that name). */
  readonly grantee: string;
  readonly grantor: string;
  /** In the words of GRANT, sorted: `INSERT`, `SELECT`. */
  readonly privileges: readonly string[];
  readonly grantable: readonly string[];
}

/** What most objects have. */
interface Described {
  readonly comment: string | null;
  /** Name of the extension that it belongs to, or null. */
  readonly extension: string | null;
}

interface Owned extends Described {
  readonly owner: string;
  /** Never null: what an untouched object has by default is spelt out (acldefault), so that it compares. */
  readonly grants: readonly Grant[];
}

interface InSchema extends Owned {
  readonly schema: string;
  readonly name: string;
  readonly id: string;
}

export interface Schema extends Owned {
  readonly name: string;
}

export interface Extension {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
  readonly owner: string;
  readonly comment: string | null;
}

export interface Role {
  readonly name: string;
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly createRole: boolean;
  readonly createDatabase: boolean;
  readonly canLogin: boolean;
  readonly replication: boolean;
  readonly bypassRowSecurity: boolean;
  readonly connectionLimit: number;
  /** ISO 8601, `infinity`, or null. Passwords are never read. */
  readonly validUntil: string | null;
  /** ALTER ROLE … SET, of all databases and of this one: `search_path=…`; those of this one begin with `database: `. */
  readonly settings: readonly string[];
  readonly comment: string | null;
}

export interface Membership {
  readonly role: string;
  readonly member: string;
  readonly grantor: string;
  readonly admin: boolean;
  /** Null before 16, which has no such option. */
  readonly inherit: boolean | null;
  readonly set: boolean | null;
}

export interface CompositeAttribute {
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly comment: string | null;
}

export type TypeDetail =
  | { readonly kind: 'enum'; readonly labels: readonly string[] }
  | {
      readonly kind: 'domain';
      readonly base: string;
      readonly notNull: boolean;
      readonly default: string | null;
      readonly collation: string | null;
    }
  | { readonly kind: 'composite'; readonly attributes: readonly CompositeAttribute[] }
  | {
      readonly kind: 'range';
      readonly subtype: string;
      readonly operatorClass: string;
      readonly collation: string | null;
      readonly canonical: string | null;
      readonly subtypeDiff: string | null;
      /** Id of the multirange type. */
      readonly multirange: string;
    }
  | { readonly kind: 'base'; readonly detail: string };

/** Row types of tables, array types and multiranges are not listed: they go with what makes them. */
export type UserType = InSchema & TypeDetail;

export type RelationKind = 'table' | 'partitioned table' | 'view' | 'materialized view' | 'foreign table';

export interface Relation extends InSchema {
  readonly kind: RelationKind;
  readonly persistence: 'permanent' | 'unlogged' | 'temporary';
  /** `heap`; null for what has no storage. */
  readonly accessMethod: string | null;
  readonly tablespace: string | null;
  /** `fillfactor=70`, `security_invoker=true`, `toast.autovacuum_enabled=false`; sorted. */
  readonly options: readonly string[];
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  /** `default`, `full`, `nothing`, or `index <name>`. */
  readonly replicaIdentity: string;
  /** Ids of parents, in their order (inheritance and partitions). */
  readonly inherits: readonly string[];
  /** `RANGE (occurred_at)`, or null. */
  readonly partitionKey: string | null;
  /** `FOR VALUES FROM … TO …`, or null. */
  readonly partitionBound: string | null;
  /** Of a typed table. */
  readonly ofType: string | null;
  /** Query of a view or materialized view; null for others. */
  readonly definition: string | null;
  /** Of a materialized view; else true. */
  readonly populated: boolean;
  readonly foreignServer: string | null;
  readonly foreignOptions: readonly string[];
}

export interface Column {
  /** Id of the relation. */
  readonly relation: string;
  readonly name: string;
  /** Among the columns that are there, from 1: not attnum, which keeps gaps. Not part of the fingerprint. */
  readonly position: number;
  readonly type: string;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly identity: 'always' | 'by default' | null;
  readonly generated: 'stored' | 'virtual' | null;
  /** Id; null where it is the type's own. */
  readonly collation: string | null;
  /** PLAIN, EXTERNAL, EXTENDED, MAIN; null where it is the type's own. */
  readonly storage: string | null;
  readonly compression: string | null;
  readonly statistics: number | null;
  readonly options: readonly string[];
  readonly foreignOptions: readonly string[];
  /** False: it comes only from a parent. */
  readonly local: boolean;
  readonly comment: string | null;
  /** Of the column alone; empty when only the table's grants hold. */
  readonly grants: readonly Grant[];
}

export type ConstraintKind =
  | 'check'
  | 'foreign key'
  | 'primary key'
  | 'unique'
  | 'exclusion'
  /** Listed from 18 on, where it has a name; `Column.notNull` holds in every major. */
  | 'not null';

export interface Constraint {
  /** Id of the table or domain. */
  readonly parent: string;
  readonly on: 'table' | 'domain';
  readonly name: string;
  readonly kind: ConstraintKind;
  /** pg_get_constraintdef. */
  readonly definition: string;
  /** In the order of the key; empty for a CHECK without columns. */
  readonly columns: readonly string[];
  readonly references: {
    readonly relation: string;
    readonly columns: readonly string[];
    /** `NO ACTION`, `RESTRICT`, `CASCADE`, `SET NULL`, `SET DEFAULT`. */
    readonly onDelete: string;
    readonly onUpdate: string;
  } | null;
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
  readonly validated: boolean;
  readonly enforced: boolean;
  readonly noInherit: boolean;
  /** False: it comes only from a parent. */
  readonly local: boolean;
  readonly comment: string | null;
}

export interface Index {
  readonly relation: string;
  readonly name: string;
  readonly id: string;
  /** pg_get_indexdef. */
  readonly definition: string;
  readonly method: string;
  /** Key columns; null in the place of an expression. */
  readonly columns: readonly (string | null)[];
  readonly included: readonly string[];
  readonly predicate: string | null;
  readonly unique: boolean;
  readonly nullsNotDistinct: boolean;
  readonly valid: boolean;
  readonly clustered: boolean;
  readonly replicaIdentity: boolean;
  readonly tablespace: string | null;
  /** `ALTER INDEX … ALTER COLUMN n SET STATISTICS`: `2=500`. */
  readonly statistics: readonly string[];
  /** Name of the constraint that it belongs to, or null. */
  readonly constraint: string | null;
  /** Id of the index of the partitioned table that it is attached to, or null. */
  readonly parent: string | null;
  readonly comment: string | null;
}

export interface Sequence extends InSchema {
  readonly type: string;
  /** Texts, as they go beyond what a number holds. */
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
  readonly persistence: 'permanent' | 'unlogged' | 'temporary';
  /** `public.orders.id`, or null. */
  readonly ownedBy: string | null;
  /** It is the sequence of an identity column. */
  readonly identity: boolean;
}

export interface Routine extends InSchema {
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window';
  /** pg_get_function_arguments: names, modes, types, defaults. `id` holds the types of the input alone. */
  readonly arguments: string;
  readonly result: string | null;
  readonly language: string;
  readonly securityDefiner: boolean;
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly strict: boolean;
  readonly leakproof: boolean;
  readonly parallel: 'safe' | 'restricted' | 'unsafe';
  readonly cost: number;
  readonly rows: number;
  readonly support: string | null;
  /** `search_path=pg_catalog, pg_temp`, in their order. */
  readonly settings: readonly string[];
  readonly transforms: readonly string[];
  /** Source text, or the deparsed body of a function in standard SQL; of an aggregate its state functions and options. */
  readonly body: string;
  /** pg_get_functiondef; null for aggregates. */
  readonly definition: string | null;
}

export interface Trigger {
  readonly relation: string;
  readonly name: string;
  /** pg_get_triggerdef. */
  readonly definition: string;
  readonly function: string;
  readonly enabled: 'origin' | 'disabled' | 'replica' | 'always';
  /** False: it came with the parent of a partition. */
  readonly local: boolean;
  readonly comment: string | null;
  readonly extension: string | null;
}

export interface Rule {
  readonly relation: string;
  readonly name: string;
  readonly definition: string;
  readonly enabled: 'origin' | 'disabled' | 'replica' | 'always';
  readonly comment: string | null;
}

export interface Policy {
  readonly relation: string;
  readonly name: string;
  readonly permissive: boolean;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  /** Sorted; `public` for everybody. */
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly withCheck: string | null;
  readonly comment: string | null;
}

export interface DefaultPrivilege {
  /** Whose new objects. */
  readonly role: string;
  /** Null: in every schema. */
  readonly schema: string | null;
  readonly objects: 'tables' | 'sequences' | 'functions' | 'types' | 'schemas' | 'large objects';
  readonly grants: readonly Grant[];
}

export interface Publication {
  readonly name: string;
  readonly owner: string;
  readonly allTables: boolean;
  /** `insert`, `update`, `delete`, `truncate`. */
  readonly operations: readonly string[];
  readonly viaRoot: boolean;
  /** `stored` or `none`; before 18 `none`. */
  readonly generatedColumns: string;
  readonly schemas: readonly string[];
  readonly tables: readonly {
    readonly relation: string;
    /** Null: all. */
    readonly columns: readonly string[] | null;
    readonly where: string | null;
  }[];
  readonly comment: string | null;
}

export interface EventTrigger {
  readonly name: string;
  readonly owner: string;
  readonly event: string;
  readonly function: string;
  readonly tags: readonly string[];
  readonly enabled: 'origin' | 'disabled' | 'replica' | 'always';
  readonly comment: string | null;
  readonly extension: string | null;
}

export interface ForeignDataWrapper extends Owned {
  readonly name: string;
  readonly handler: string | null;
  readonly validator: string | null;
  readonly options: readonly string[];
}

export interface ForeignServer extends Owned {
  readonly name: string;
  readonly wrapper: string;
  readonly type: string | null;
  readonly version: string | null;
  readonly options: readonly string[];
}

export interface UserMapping {
  readonly server: string;
  /** `public` for everybody. */
  readonly role: string;
  /** Names alone: the values are passwords. */
  readonly options: readonly string[];
}

export interface StatisticsObject {
  readonly schema: string;
  readonly name: string;
  readonly id: string;
  readonly owner: string;
  readonly relation: string;
  readonly definition: string;
  readonly target: number | null;
  readonly comment: string | null;
}

/**
 * Objects of kinds that few databases have: casts, operators, operator classes and families, collations, conversions,
 * text search objects, languages, transforms, access methods, subscriptions. Compared as wholes.
 */
export interface OtherObject extends Described {
  /** As pg_identify_object names it: `collation`, `operator class`. */
  readonly kind: string;
  readonly id: string;
  readonly owner: string | null;
  readonly grants: readonly Grant[];
  readonly definition: string;
}

export interface Catalog {
  readonly model: number;
  /** 15 … 18. */
  readonly major: number;
  readonly database: {
    readonly owner: string;
    readonly grants: readonly Grant[];
    /** ALTER DATABASE … SET, sorted. */
    readonly settings: readonly string[];
    readonly comment: string | null;
  };
  readonly roles: readonly Role[];
  readonly memberships: readonly Membership[];
  readonly schemas: readonly Schema[];
  readonly extensions: readonly Extension[];
  readonly types: readonly UserType[];
  readonly relations: readonly Relation[];
  /** In the order of relation, then position. */
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  readonly sequences: readonly Sequence[];
  readonly routines: readonly Routine[];
  readonly triggers: readonly Trigger[];
  readonly rules: readonly Rule[];
  readonly policies: readonly Policy[];
  readonly defaultPrivileges: readonly DefaultPrivilege[];
  readonly publications: readonly Publication[];
  readonly eventTriggers: readonly EventTrigger[];
  readonly foreignDataWrappers: readonly ForeignDataWrapper[];
  readonly foreignServers: readonly ForeignServer[];
  readonly userMappings: readonly UserMapping[];
  readonly statistics: readonly StatisticsObject[];
  readonly others: readonly OtherObject[];
}
