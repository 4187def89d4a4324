/** A database with a name of its own on a server that somebody else keeps: made, and dropped whatever happens. */
import { randomBytes } from 'node:crypto';
import type { Connection } from './connect.ts';
import { connect } from './connect.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { dropDatabase } from './drop-database.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

/** Twelve random bytes: nobody meets it by chance, nobody guesses it. Then the database that it was made from, as a hash. */
const prefix = 'dbkit_scratch_';
const namePattern = '^dbkit_scratch_[0-9a-f]{24}_';
/** Advisory locks are seen from the same database only: whether its maker lives can be judged from no other. */
const madeHere = `pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.hashtext(pg_catalog.current_database())), 8, '0')`;
/** First number of the advisory locks that say "its maker lives"; the second is made from the database's name. */
const ownerLock = 1_684_171_637;

export interface ScratchDatabase {
  readonly settings: ConnectionSettings;
  /** Ends its sessions and drops it. */
  drop(): Promise<void>;
}

/** What a database on a server of our own is to be like. */
export interface DatabaseLike {
  readonly name: string;
  /** Absent or null: as the server makes it. */
  readonly locale?: DatabaseLocale | null;
}

export interface DatabaseLocale {
  readonly provider: 'builtin' | 'icu' | 'libc';
  readonly collate: string;
  readonly ctype: string;
  /** Of the providers builtin and icu. */
  readonly locale: string | null;
}

/**
 * Gives the empty database `from` another name and, where the server has it, another locale. `admin` is a session to
 * another database.
 */
export async function takeDatabaseLike(admin: Connection, from: string, like: DatabaseLike): Promise<void> {
  const name = quoteIdentifier(like.name);
  if (like.locale != null) {
    const { provider, collate, ctype, locale } = like.locale;
    const own =
      locale === null ? '' : ` ${provider === 'icu' ? 'icu_locale' : 'builtin_locale'} ${quoteLiteral(locale)}`;
    try {
      await admin.run(
        `create database dbkit_like template template0 locale_provider ${provider}${own} lc_collate ${quoteLiteral(collate)} lc_ctype ${quoteLiteral(ctype)}`,
      );
      await admin.run(`drop database ${quoteIdentifier(from)}`);
      await admin.run(`alter database dbkit_like rename to ${name}`);
      return;
    } catch {
      // The machine does not have the locale; the caller says so.
    }
  }
  if (like.name !== from) await admin.run(`alter database ${quoteIdentifier(from)} rename to ${name}`);
}

/**
 * Creates a database beside the one that `server` names, and first drops what killed commands left there. The session to
 * `server` stays open as long as the database lives: it holds the lock by which others see that it is in use.
 */
export async function createScratchDatabase(server: ConnectionSettings, signal: AbortSignal): Promise<ScratchDatabase> {
  const keeper = await connect(server, { applicationName: 'dbkit scratch', signal });
  try {
    await dropAbandoned(keeper, server);
    const { rows } = await keeper.query<{ here: string; hash: string }>(
      `select pg_catalog.current_database()::text as here, ${madeHere} as hash`,
    );
    const { here, hash } = rows[0] as { here: string; hash: string };
    const name = `${prefix}${randomBytes(12).toString('hex')}_${hash}`;
    await keeper.query('select pg_catalog.pg_advisory_lock($1, pg_catalog.hashtext($2))', [ownerLock, name]);
    await keeper.run(`create database ${quoteIdentifier(name)}`);
    const comment = `dbkit: scratch database, made from ${here}; may be dropped`;
    await keeper.run(`comment on database ${quoteIdentifier(name)} is ${quoteLiteral(comment)}`);
    let dropped: Promise<void> | null = null;
    return { settings: { ...server, database: name }, drop: () => (dropped ??= drop(keeper, server, name)) };
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

async function drop(keeper: Connection, server: ConnectionSettings, name: string): Promise<void> {
  const database = { ...server, database: name };
  try {
    if (keeper.lost === null) await dropDatabase(keeper, database, true);
    else {
      const again = await connect(server, { applicationName: 'dbkit scratch' });
      await dropDatabase(again, database, true).finally(() => again.close());
    }
  } finally {
    await keeper.close();
  }
}

/** Only databases of this role, made from here by their name, without sessions, whose maker's lock is free. */
async function dropAbandoned(keeper: Connection, server: ConnectionSettings): Promise<void> {
  const { rows } = await keeper.query<{ name: string }>(
    `select d.datname::text as name
     from pg_catalog.pg_database d
     where d.datname ~ ($1 || ${madeHere} || '$')
       and pg_catalog.pg_get_userbyid(d.datdba) = current_user
       and not exists (select from pg_catalog.pg_stat_activity a where a.datid = d.oid)
     order by d.datname`,
    [namePattern],
  );
  for (const { name } of rows) {
    const lock = await keeper.query<{ free: boolean }>(
      'select pg_catalog.pg_try_advisory_lock($1, pg_catalog.hashtext($2)) as free',
      [ownerLock, name],
    );
    if (lock.rows[0]?.free !== true) continue;
    // Another command may be dropping it just now, or may not let us.
    await dropDatabase(keeper, { ...server, database: name }, false).catch(() => {});
    await keeper.query('select pg_catalog.pg_advisory_unlock($1, pg_catalog.hashtext($2))', [ownerLock, name]);
  }
}
