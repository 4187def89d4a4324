/** How the kinds of objects that few databases have are told in one text each. Expressions over one table of pg_catalog. */
import type { ObjectClass } from './names.ts';
import { firstOid } from './names.ts';

interface OtherKind {
  readonly kind: ObjectClass;
  readonly table: string;
  readonly schema?: string;
  readonly name?: string;
  /** What comes behind schema and name, or stands for them where there is no name. */
  readonly identity?: string;
  readonly owner?: string;
  readonly acl?: string;
  /** Joined by commas; nulls are left out. */
  readonly definition: readonly string[];
  readonly where?: string;
}

const said = (word: string, value: string) => `'${word} = ' || (${value})::text`;
const flag = (word: string, condition: string) => `case when ${condition} then '${word}' end`;
const type = (oid: string) => `pg_catalog.format_type(${oid}, null)`;
const routine = (oid: string) => `case when ${oid} <> 0 then ${oid}::pg_catalog.oid::pg_catalog.regprocedure::text end`;
const operator = (oid: string) => `case when ${oid} <> 0 then ${oid}::pg_catalog.oid::pg_catalog.regoperator::text end`;
/** The quoted, qualified name of another object. */
const named = (oid: string, table: string, prefix: string) =>
  `(select pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.${prefix}name) from pg_catalog.${table} o
    join pg_catalog.pg_namespace n on n.oid = o.${prefix}namespace where o.oid = ${oid})`;
const using = (oid: string) =>
  `' USING ' || (select pg_catalog.quote_ident(m.amname) from pg_catalog.pg_am m where m.oid = ${oid})`;
const list = (text: string, from: string, order: string) =>
  `(select pg_catalog.string_agg(${text}, ', ' order by ${order}) from ${from})`;

const made = `oid >= ${firstOid}`;

const otherKinds = (major: number): readonly OtherKind[] => [
  {
    kind: 'cast',
    table: 'pg_cast',
    identity: `'(' || ${type('castsource')} || ' AS ' || ${type('casttarget')} || ')'`,
    definition: [said('method', 'castmethod'), said('context', 'castcontext'), said('function', routine('castfunc'))],
    // A range type brings one of its own.
    where: `t.${made} and not exists (select from pg_catalog.pg_range r where r.rngtypid = castsource and r.rngmultitypid = casttarget)`,
  },
  {
    kind: 'operator',
    table: 'pg_operator',
    schema: 'oprnamespace',
    identity: operator('oid'),
    owner: 'oprowner',
    definition: [
      said('function', routine('oprcode')),
      said('result', type('oprresult')),
      said('commutator', operator('oprcom')),
      said('negator', operator('oprnegate')),
      said('restrict', routine('oprrest')),
      said('join', routine('oprjoin')),
      flag('hashes', 'oprcanhash'),
      flag('merges', 'oprcanmerge'),
    ],
  },
  {
    kind: 'operator class',
    table: 'pg_opclass',
    schema: 'opcnamespace',
    name: 'opcname',
    identity: using('opcmethod'),
    owner: 'opcowner',
    definition: [
      said('type', type('opcintype')),
      said('family', named('opcfamily', 'pg_opfamily', 'opf')),
      flag('default', 'opcdefault'),
      said('storage', type('nullif(opckeytype, 0)')),
    ],
  },
  {
    kind: 'operator family',
    table: 'pg_opfamily',
    schema: 'opfnamespace',
    name: 'opfname',
    identity: using('opfmethod'),
    owner: 'opfowner',
    definition: [
      list(
        `'operator ' || a.amopstrategy || ' ' || ${operator('a.amopopr')}
          || coalesce(' for order by ' || ${named('nullif(a.amopsortfamily, 0)', 'pg_opfamily', 'opf')}, '')`,
        'pg_catalog.pg_amop a where a.amopfamily = t.oid',
        `a.amopstrategy, ${operator('a.amopopr')} collate "C"`,
      ),
      list(
        `'function ' || a.amprocnum || ' (' || ${type('a.amproclefttype')} || ', ' || ${type('a.amprocrighttype')} || ') '
          || ${routine('a.amproc')}`,
        'pg_catalog.pg_amproc a where a.amprocfamily = t.oid',
        `a.amprocnum, ${type('a.amproclefttype')} collate "C", ${type('a.amprocrighttype')} collate "C"`,
      ),
    ],
  },
  {
    kind: 'collation',
    table: 'pg_collation',
    schema: 'collnamespace',
    name: 'collname',
    owner: 'collowner',
    // Its version is the operating system's, and differs from machine to machine.
    definition: [
      said('provider', 'collprovider'),
      said('encoding', 'nullif(collencoding, -1)'),
      said('collate', 'collcollate'),
      said('ctype', 'collctype'),
      said('locale', major >= 17 ? 'colllocale' : 'colliculocale'),
      ...(major >= 16 ? [said('rules', 'collicurules')] : []),
      flag('nondeterministic', 'not collisdeterministic'),
    ],
  },
  {
    kind: 'conversion',
    table: 'pg_conversion',
    schema: 'connamespace',
    name: 'conname',
    owner: 'conowner',
    definition: [
      said('from', 'pg_catalog.pg_encoding_to_char(conforencoding)'),
      said('to', 'pg_catalog.pg_encoding_to_char(contoencoding)'),
      said('function', routine('conproc')),
      flag('default', 'condefault'),
    ],
  },
  {
    kind: 'text search configuration',
    table: 'pg_ts_config',
    schema: 'cfgnamespace',
    name: 'cfgname',
    owner: 'cfgowner',
    definition: [
      said('parser', named('cfgparser', 'pg_ts_parser', 'prs')),
      list(
        `k.alias || ' ' || m.mapseqno || ' = ' || m.mapdict::pg_catalog.regdictionary`,
        'pg_catalog.pg_ts_config_map m join pg_catalog.ts_token_type(cfgparser) k on k.tokid = m.maptokentype where m.mapcfg = t.oid',
        'k.alias collate "C", m.mapseqno',
      ),
    ],
  },
  {
    kind: 'text search dictionary',
    table: 'pg_ts_dict',
    schema: 'dictnamespace',
    name: 'dictname',
    owner: 'dictowner',
    definition: [said('template', named('dicttemplate', 'pg_ts_template', 'tmpl')), 'dictinitoption'],
  },
  {
    kind: 'text search parser',
    table: 'pg_ts_parser',
    schema: 'prsnamespace',
    name: 'prsname',
    definition: ['prsstart', 'prstoken', 'prsend', 'prslextype', 'prsheadline'].map((column) =>
      said(column.slice(3), routine(column)),
    ),
  },
  {
    kind: 'text search template',
    table: 'pg_ts_template',
    schema: 'tmplnamespace',
    name: 'tmplname',
    definition: [said('init', routine('tmplinit')), said('lexize', routine('tmpllexize'))],
  },
  {
    kind: 'language',
    table: 'pg_language',
    name: 'lanname',
    owner: 'lanowner',
    acl: `coalesce(lanacl, pg_catalog.acldefault('l', lanowner))`,
    definition: [
      `case when lanpltrusted then 'trusted' else 'untrusted' end`,
      said('handler', routine('lanplcallfoid')),
      said('inline', routine('laninline')),
      said('validator', routine('lanvalidator')),
    ],
  },
  {
    kind: 'transform',
    table: 'pg_transform',
    identity: `'FOR ' || ${type('trftype')} || ' LANGUAGE '
      || (select pg_catalog.quote_ident(l.lanname) from pg_catalog.pg_language l where l.oid = trflang)`,
    definition: [said('from', routine('trffromsql')), said('to', routine('trftosql'))],
  },
  {
    kind: 'access method',
    table: 'pg_am',
    name: 'amname',
    definition: [said('type', 'amtype'), said('handler', routine('amhandler'))],
  },
  {
    kind: 'subscription',
    table: 'pg_subscription',
    name: 'subname',
    owner: 'subowner',
    // Where it connects to holds a password, and is not read.
    definition: [
      said('enabled', 'subenabled'),
      said('binary', 'subbinary'),
      said('streaming', major >= 16 ? 'substream' : `case when substream then 't' else 'f' end`),
      said('two_phase', 'subtwophasestate'),
      said('disable_on_error', 'subdisableonerr'),
      said('slot', 'subslotname'),
      said('synchronous_commit', 'subsynccommit'),
      said('publications', `pg_catalog.array_to_string(subpublications, ' ')`),
      ...(major >= 16 ? [said('origin', 'suborigin'), said('password_required', 'subpasswordrequired')] : []),
      ...(major >= 16 ? [said('run_as_owner', 'subrunasowner')] : []),
      ...(major >= 17 ? [said('failover', 'subfailover')] : []),
    ],
    where: 'subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())',
  },
];

export function otherSql(major: number): string {
  const selects = otherKinds(major).map(
    (
      one,
    ) => `select '${one.kind}' as kind, t.oid, ${one.schema ?? '0::pg_catalog.oid'} as schema, ${one.name ?? 'null'} as name,
  ${one.identity ?? `''`} as identity, ${one.owner ?? 'null'} as owner, (${one.acl ?? 'null'})::text as acl,
  pg_catalog.concat_ws(', ', ${one.definition.join(', ')}) as definition
from pg_catalog.${one.table} t where ${one.where ?? `t.${made}`}`,
  );
  return selects.join('\nunion all ');
}
