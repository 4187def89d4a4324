/** The shape of dbkit.config: what a person writes, and what the rest of dbkit reads. */

export type Platform = 'postgres' | 'supabase';
export type PostgresMajor = 15 | 16 | 17 | 18;

/** A named target. Any URL may be given as `env:NAME`. */
export interface EnvironmentConfig {
  readonly url?: string;
  /** Instead of a URL: 'embedded', or 'container:<image>'. */
  readonly target?: string;
  readonly protected?: boolean;
  /** SET ROLE after connecting. */
  readonly role?: string;
  /** Program and arguments; its standard output is the password; run for each new connection. */
  readonly passwordCommand?: readonly string[];
  readonly statementTimeout?: string | number;
  /** Groups and plans that `dbkit seed` runs here, in order. */
  readonly seed?: readonly string[];
}

/** What `dbkit migrate lint` does with a rule. */
export type RuleLevel = 'off' | 'notice' | 'warning' | 'error';

/** A finding that was looked at and is meant. */
export interface Allowance {
  readonly rule: string;
  /** As the finding names it; absent: wherever the rule finds something. */
  readonly object?: string;
  /** Its name; absent: in every migration. */
  readonly migration?: string;
  readonly why: string;
}

export interface DbkitConfig {
  /** Two applications may share a database: each has its own journal. Default `default`. */
  readonly app?: string;
  readonly migrations?: string;
  readonly seeds?: string;
  readonly checks?: string;
  /** Recognised from the catalog when absent. */
  readonly platform?: Platform;
  readonly supabase?: { readonly defaultPrivileges?: 'legacy' | 'revoked' };
  readonly postgres?: { readonly version?: PostgresMajor };
  readonly defaultEnvironment?: string;
  readonly environments?: Readonly<Record<string, EnvironmentConfig>>;
  /** Milliseconds, or text with a unit: '500ms', '3s', '10min'. */
  readonly lockTimeout?: string | number;
  readonly statementTimeout?: string | number;
  readonly journal?: { readonly statements?: 'hashes' | 'text' };
  readonly types?: { readonly output?: string; readonly schemas?: readonly string[]; readonly camelCase?: boolean };
  /** The throw-away databases in which migrations are proven, linted and compared. */
  readonly scratch?: {
    /** As `--scratch` says it: a URL, `env:NAME`, or `container:<image>`. */
    readonly where?: string;
    /** Extensions that the scratch server need not have: their signatures alone are made. */
    readonly extensions?: Readonly<Record<string, 'stub'>>;
    /** Migrations run as a superuser there. Default false: as a role like the target's. */
    readonly superuser?: boolean;
  };
  readonly lint?: {
    readonly rules?: Readonly<Record<string, RuleLevel>>;
    /** Schemas that clients reach through an API. */
    readonly exposedSchemas?: readonly string[];
  };
  readonly allow?: readonly Allowance[];
}

/** The config with every default filled in; paths absolute, durations in milliseconds. */
export interface ResolvedConfig {
  /** Folder of the config file, or the working directory. */
  readonly root: string;
  readonly file: string | null;
  readonly app: string;
  readonly migrations: string;
  readonly seeds: string;
  readonly checks: string;
  readonly platform: Platform | null;
  readonly supabase: { readonly defaultPrivileges: 'legacy' | 'revoked' };
  readonly postgres: { readonly version: PostgresMajor | null };
  readonly defaultEnvironment: string | null;
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number | null;
  readonly journal: { readonly statements: 'hashes' | 'text' };
  readonly types: { readonly output: string; readonly schemas: readonly string[] | null; readonly camelCase: boolean };
  readonly scratch: {
    readonly where: string | null;
    readonly extensions: Readonly<Record<string, 'stub'>>;
    readonly superuser: boolean;
  };
  readonly lint: {
    readonly rules: Readonly<Record<string, RuleLevel>>;
    /** Null: those of the platform. */
    readonly exposedSchemas: readonly string[] | null;
  };
  readonly allow: readonly Allowance[];
}
