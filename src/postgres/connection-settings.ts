/** What is needed to open a session; `settings.ts` makes it from a URL, the embedded server from its folder. */

/** libpq's meaning: `prefer` falls back to plain text, `require` does not verify unless there is a root certificate. */
export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

export const sessionAttributes = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
/** Which of several servers will do. */
export type SessionAttributes = (typeof sessionAttributes)[number];

export interface TlsSettings {
  readonly mode: SslMode;
  /** `direct` starts TLS at once, without asking the server first. */
  readonly negotiation: 'postgres' | 'direct';
  /** Path of the trusted certificates, `system` for those of the operating system, null for the default path. */
  readonly rootCertificate: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly keyPassword: string | null;
  readonly revocationList: string | null;
  /** Folder of the default files (`~/.postgresql`), or null where there is no home. */
  readonly folder: string | null;
  readonly serverNameIndication: boolean;
  readonly minVersion: TlsVersion | null;
  readonly maxVersion: TlsVersion | null;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
}

export const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/** One of the servers that a URL with several hosts names. */
export interface ServerAddress {
  /** A host name, an address, or the absolute path of a folder with a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** Where to connect instead of looking the host name up; the certificate is still checked for `host`. */
  readonly hostAddress?: string | null;
  readonly password: string | (() => Promise<string>) | null;
}

export interface ConnectionSettings extends ServerAddress {
  readonly user: string;
  readonly database: string;
  /** Role that the session takes with SET ROLE once it is connected. */
  readonly role: string | null;
  /** Further servers, tried in this order when the first cannot be reached or is not what `sessionAttributes` asks. */
  readonly alternatives?: readonly ServerAddress[];
  /** Absent: plain text. Never used on a Unix socket. */
  readonly tls?: TlsSettings;
  /** Command-line options for the server process (`-c name=value`). */
  readonly options?: string | null;
  /** Said by the user (PGAPPNAME, `application_name=`); stands before the one that the caller of `connect` gives. */
  readonly applicationName?: string | null;
  /** Said by the user, for each server; 0 waits without end. */
  readonly connectTimeoutMs?: number | null;
  readonly sessionAttributes?: SessionAttributes;
}
