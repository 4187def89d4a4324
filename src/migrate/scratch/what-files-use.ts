/** What a folder of migrations expects to find around it: extensions and roles, as far as its text tells. */
import { stubSchema } from '../../postgres/scratch-stubs.ts';
import type { MigrationFile } from '../migration.ts';

export interface ExtensionUse {
  /** Extensions that a file creates, with whether each CREATE says IF NOT EXISTS. */
  readonly created: ReadonlyMap<string, { readonly onlyIfNotExists: boolean }>;
  /** True when a file names the extension, or calls into `schema`, its own. */
  uses(extension: string, schema: string | null): boolean;
  /** True when a file names the role. */
  names(role: string): boolean;
  /** True when a file names the role and none creates it. */
  expectsRole(role: string): boolean;
}

/** What follows the name tells a statement from a sentence that advises one. */
const createExtension =
  /\bcreate\s+extension\s+(if\s+not\s+exists\s+)?(?:"((?:[^"]|"")+)"|([a-z_][\w$-]*))(?=\s*(?:with\b|schema\b|version\b|cascade\b|--|[;`'")]|$))/gi;
/** Schemas where much lies that belongs to no extension. */
const shared = new Set(['public', 'extensions', 'pg_catalog']);

/** Reads texts, comments and all: to be too careful costs a role that nobody needs. */
export function whatFilesUse(files: readonly Pick<MigrationFile, 'sql' | 'downText'>[]): ExtensionUse {
  const texts = files.map(({ sql, downText }) => sql?.up.source ?? downText ?? '');
  const created = new Map<string, { onlyIfNotExists: boolean }>();
  for (const text of texts) {
    for (const [, careful, quoted, plain] of withoutComments(text).matchAll(createExtension)) {
      const name = quoted?.replaceAll('""', '"') ?? plain?.toLowerCase() ?? '';
      const before = created.get(name)?.onlyIfNotExists ?? true;
      created.set(name, { onlyIfNotExists: before && careful !== undefined });
    }
  }
  const mentions = (pattern: RegExp) => texts.some((text) => pattern.test(text));
  return {
    created,
    uses(extension, schema) {
      if (created.has(extension) || mentions(word(extension))) return true;
      const own = stubSchema(extension) ?? schema;
      if (own === null || shared.has(own)) return false;
      return mentions(new RegExp(`(?:^|[^\\w$."])"?${literally(own)}"?\\s*\\.`, 'im'));
    },
    names: (role) => mentions(word(role)),
    expectsRole(role) {
      const creates = new RegExp(`\\bcreate\\s+(?:role|user|group)\\s+"?${literally(role)}(?![\\w$])`, 'i');
      return mentions(word(role)) && !mentions(creates);
    },
  };
}

function word(name: string): RegExp {
  return new RegExp(`(?<![\\w$])${literally(name)}(?![\\w$])`, 'i');
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

/** Line comments alone: what is commented out creates nothing. */
function withoutComments(text: string): string {
  return text.replace(/--[^\n]*/g, '');
}
