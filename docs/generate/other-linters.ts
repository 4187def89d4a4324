/** What the rules of other linters are here: a test holds that every name on the right is a rule of ours. */

/** Rules of ours, or why there is none. Of a reason that names rules too, the rules come first. */
export interface Mapped {
  readonly theirs: string;
  readonly ours: readonly string[];
  readonly why?: string;
}

export interface OtherLinter {
  readonly name: string;
  readonly about: string;
  readonly rows: readonly Mapped[];
}

const refused = 'refused by `migrate up` and `lint` before anything runs';

export const otherLinters: readonly OtherLinter[] = [
  {
    name: 'squawk',
    about: 'Version 2.66.0: 38 rules, and one alias.',
    rows: [
      {
        theirs: 'adding-field-with-default',
        ours: ['column-rewrites-table'],
        why: 'only where the table is rewritten',
      },
      { theirs: 'adding-foreign-key-constraint', ours: ['foreign-key-checks-rows'] },
      {
        theirs: 'adding-not-nullable-field',
        ours: ['not-null-reads-all-rows'],
        why: 'quiet where a validated CHECK saves the scan',
      },
      { theirs: 'adding-required-field', ours: ['required-column-without-default'] },
      { theirs: 'adding-serial-primary-key-field', ours: ['column-rewrites-table', 'constraint-builds-index'] },
      {
        theirs: 'ban-alter-domain-with-add-constraint',
        ours: ['domain-constraint-reads-tables'],
        why: 'only where a table uses the domain',
      },
      { theirs: 'ban-char-field', ours: ['char-type'] },
      {
        theirs: 'ban-concurrent-index-creation-in-transaction',
        ours: [],
        why: 'PostgreSQL refuses it when lint runs it; the hint names `-- dbkit:transaction off`',
      },
      {
        theirs: 'ban-create-domain-with-constraint',
        ours: [],
        why: 'a new domain has no rows; changing it later is what blocks, and domain-constraint-reads-tables finds that',
      },
      { theirs: 'ban-drop-column', ours: ['drop-column'] },
      { theirs: 'ban-drop-database', ours: ['drop-database'] },
      { theirs: 'ban-drop-not-null', ours: ['drop-not-null'] },
      { theirs: 'ban-drop-table', ours: ['drop-table'] },
      { theirs: 'ban-duplicate-column-assignments', ours: [], why: 'PostgreSQL refuses it when lint runs it' },
      { theirs: 'ban-truncate-cascade', ours: ['truncate-table'], why: 'also without CASCADE' },
      { theirs: 'ban-uncommitted-transaction', ours: [], why: refused },
      {
        theirs: 'changing-column-type',
        ours: ['column-type-rewrites-table'],
        why: 'quiet where no row is looked at: varchar(10) to varchar(20)',
      },
      {
        theirs: 'constraint-missing-not-valid',
        ours: ['check-reads-all-rows', 'foreign-key-checks-rows', 'validated-in-same-transaction'],
      },
      { theirs: 'disallowed-unique-constraint', ours: ['constraint-builds-index'] },
      { theirs: 'identifier-too-long', ours: ['name-truncated'] },
      {
        theirs: 'prefer-bigint-over-int',
        ours: ['integer-key'],
        why: 'counted keys only: other integers have a range that somebody chose',
      },
      { theirs: 'prefer-bigint-over-smallint', ours: ['integer-key'], why: 'counted keys only' },
      { theirs: 'prefer-identity', ours: ['serial-column'] },
      { theirs: 'prefer-repack', ours: ['table-rewritten'] },
      {
        theirs: 'prefer-robust-stmts',
        ours: ['needless-transaction-off'],
        why: 'IF NOT EXISTS is not needed: a transaction leaves nothing, and outside of one dbkit goes on at the statement that was cut off',
      },
      { theirs: 'prefer-text-field', ours: ['varchar-limit'], why: 'opt-in' },
      { theirs: 'prefer-timestamp-tz', ours: ['timestamp-without-time-zone'] },
      { theirs: 'renaming-column', ours: ['rename-column'] },
      { theirs: 'renaming-table', ours: ['rename-table'], why: 'quiet where a view keeps the old name' },
      { theirs: 'require-concurrent-index-creation', ours: ['index-blocks-writes'] },
      { theirs: 'require-concurrent-index-deletion', ours: ['index-drop-blocks'] },
      { theirs: 'require-concurrent-partition-detach', ours: ['partition-detach-blocks'] },
      { theirs: 'require-concurrent-reindex', ours: ['reindex-blocks'] },
      { theirs: 'require-enum-value-ordering', ours: ['enum-value-order'], why: 'opt-in' },
      {
        theirs: 'require-lock-timeout',
        ours: ['lock-timeout-off'],
        why: 'dbkit sets it in every run: found where it is switched off',
      },
      {
        theirs: 'require-statement-timeout',
        ours: ['statement-timeout-off'],
        why: 'found where a migration switches off what the config sets',
      },
      { theirs: 'require-table-schema', ours: ['unqualified-name'], why: 'opt-in, as there' },
      {
        theirs: 'require-timeout-settings',
        ours: ['lock-timeout-off', 'statement-timeout-off'],
        why: 'alias of the two above',
      },
      { theirs: 'transaction-nesting', ours: [], why: refused },
    ],
  },
  {
    name: 'strong_migrations',
    about: 'Version 2.8.0: the 20 checks that concern PostgreSQL, and its best practice.',
    rows: [
      { theirs: 'removing a column', ours: ['drop-column'] },
      { theirs: 'changing the type of a column', ours: ['column-type-rewrites-table'] },
      { theirs: 'renaming a column', ours: ['rename-column'] },
      { theirs: 'renaming a table', ours: ['rename-table'] },
      {
        theirs: 'creating a table with the force option',
        ours: ['drop-table'],
        why: 'a table that is dropped and made again is found too',
      },
      { theirs: 'adding an auto-incrementing column', ours: ['column-rewrites-table'] },
      { theirs: 'adding a stored generated column', ours: ['column-rewrites-table'] },
      { theirs: 'adding a foreign key', ours: ['foreign-key-checks-rows'] },
      { theirs: 'adding a check constraint', ours: ['check-reads-all-rows'] },
      { theirs: 'executing SQL directly', ours: [], why: 'SQL is what is judged here, whoever wrote it' },
      { theirs: 'backfilling data', ours: ['backfill-in-one-statement', 'lock-held-during-data-change'] },
      { theirs: 'adding an index non-concurrently', ours: ['index-blocks-writes'] },
      { theirs: 'adding a reference', ours: ['index-blocks-writes', 'foreign-key-checks-rows'] },
      { theirs: 'adding a unique constraint', ours: ['constraint-builds-index'] },
      { theirs: 'adding an exclusion constraint', ours: ['constraint-builds-index'] },
      { theirs: 'adding a json column', ours: ['json-type'] },
      { theirs: 'adding a column with a volatile default value', ours: ['column-rewrites-table'] },
      { theirs: 'setting NOT NULL on an existing column', ours: ['not-null-reads-all-rows'] },
      { theirs: 'renaming an enum value', ours: ['rename-enum-value'] },
      { theirs: 'renaming a schema', ours: ['rename-schema'] },
      { theirs: 'keeping non-unique indexes to three columns or less', ours: ['wide-index'], why: 'opt-in' },
    ],
  },
  {
    name: 'Atlas',
    about: 'The 27 codes of its analysers that concern PostgreSQL.',
    rows: [
      { theirs: 'BC101 renaming a table', ours: ['rename-table'] },
      { theirs: 'BC102 renaming a column', ours: ['rename-column'] },
      { theirs: 'CD101 foreign key dropped', ours: ['constraint-dropped'], why: 'other constraints too' },
      { theirs: 'DS101 schema dropped', ours: ['drop-schema'] },
      { theirs: 'DS102 table dropped', ours: ['drop-table'] },
      { theirs: 'DS103 column dropped', ours: ['drop-column'] },
      { theirs: 'MF101 unique index on existing columns', ours: ['duplicates-would-fail'] },
      { theirs: 'MF102 index made unique', ours: ['duplicates-would-fail'] },
      { theirs: 'MF103 column that is not nullable', ours: ['required-column-without-default'] },
      { theirs: 'MF104 column made not nullable', ours: ['not-null-reads-all-rows'] },
      { theirs: 'PG101 index without CONCURRENTLY', ours: ['index-blocks-writes'] },
      { theirs: 'PG102 index dropped without CONCURRENTLY', ours: ['index-drop-blocks'] },
      {
        theirs: 'PG103 directive for no transaction missing',
        ours: [],
        why: 'PostgreSQL refuses CONCURRENTLY when lint runs it; the hint names the directive',
      },
      { theirs: 'PG104 primary key under ACCESS EXCLUSIVE', ours: ['constraint-builds-index'] },
      { theirs: 'PG105 unique constraint under ACCESS EXCLUSIVE', ours: ['constraint-builds-index'] },
      { theirs: 'PG110 columns that pad', ours: ['columns-pad'], why: 'opt-in' },
      { theirs: 'PG301 type change with a rewrite', ours: ['column-type-rewrites-table'] },
      { theirs: 'PG302 volatile default', ours: ['column-rewrites-table'] },
      { theirs: 'PG303 NOT NULL with a scan', ours: ['not-null-reads-all-rows'] },
      { theirs: 'PG304 primary key on nullable columns', ours: ['constraint-builds-index'] },
      { theirs: 'PG305 CHECK with a scan', ours: ['check-reads-all-rows'] },
      ...['schema', 'table', 'column', 'index', 'foreign key', 'check'].map((kind, place) => ({
        theirs: `NM10${place + 1} name of a ${kind}`,
        ours: ['name-needs-quotes'],
        why: 'opt-in: one convention, lower case with underscores',
      })),
    ],
  },
];
