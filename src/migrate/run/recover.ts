/** Brings a recognised statement that was cut off to its end, by looking at the catalog. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DbkitError } from '../../errors.ts';
import type { Connection } from '../../postgres/connect.ts';
import { quoteIdentifier } from '../../postgres/quote.ts';
import { isServerError } from '../../postgres/sql-error.ts';
import type { Statement } from '../../postgres/sql-text.ts';
import type { UnderWay } from '../journal.ts';
import type { Recognized } from './recognize.ts';
import type { RunSession } from './session.ts';

/** `done`: it took effect; `again`: nothing of it is left, run it. */
export type Recovered = 'done' | 'again';

/**
 * Waits while the server process that ran the statement still works on it: it may go on after its client died. Behind
 * a pooler the process lives on and does other things; its next query ends the wait.
 */
export async function awaitBackendEnd({ connection, signal, onEvent }: RunSession, underWay: UnderWay): Promise<void> {
  let began: string | null = null;
  for (;;) {
    signal.throwIfAborted();
    const { rows } = await connection.query<{ began: string }>(
      `select extract(epoch from query_start)::text as began from pg_catalog.pg_stat_activity
       where pid = $1 and extract(epoch from backend_start)::text = $2 and state = 'active'
         and pid <> pg_catalog.pg_backend_pid()`,
      [underWay.backendPid, underWay.backendStart],
    );
    const [working] = rows;
    if (working === undefined || (began !== null && working.began !== began)) return;
    if (began === null) {
      onEvent({
        kind: 'wait',
        text: `waiting for pid ${underWay.backendPid}, which still works on the statement of a run that was cut off`,
      });
    }
    began = working.began;
    await sleep(100, undefined, { signal });
  }
}

/** Looks at what a cut-off statement left, and clears it away where it is no use. */
export async function recover(session: RunSession, statement: Statement, what: Recognized): Promise<Recovered> {
  const { connection } = session;
  switch (what.kind) {
    case 'create index':
      return recoverCreateIndex(connection, statement, what);
    case 'drop index':
      return (await findIndex(connection, what.index)) === null ? 'done' : 'again';
    case 'reindex':
      await dropLeftovers(connection, what);
      return 'again';
    case 'detach partition':
      return recoverDetach(connection, what);
    default: {
      const never: never = what;
      throw new Error(`not handled: ${JSON.stringify(never)}`);
    }
  }
}

/** The same after an error: the statement did not take effect, but may have left something that is in its own way. */
export async function clearAway({ connection }: RunSession, what: Recognized): Promise<Recovered> {
  switch (what.kind) {
    case 'create index': {
      const found = await findIndex(connection, what.index, what.table);
      if (found !== null && !found.valid) await connection.run(`drop index concurrently ${found.name}`);
      return 'again';
    }
    case 'drop index':
      return 'again';
    case 'reindex':
      await dropLeftovers(connection, what);
      return 'again';
    case 'detach partition':
      return (await isPending(connection, what)) === true ? recoverDetach(connection, what) : 'again';
    default: {
      const never: never = what;
      throw new Error(`not handled: ${JSON.stringify(never)}`);
    }
  }
}

const dotted = (name: readonly string[]) => name.map(quoteIdentifier).join('.');

interface FoundIndex {
  readonly oid: number;
  readonly name: string;
  readonly valid: boolean;
  readonly definition: string;
}

async function findIndex(
  connection: Connection,
  name: readonly string[],
  table?: readonly string[],
): Promise<FoundIndex | null> {
  // CREATE INDEX puts the index into the schema of its table, whatever the search_path says.
  const { rows } = await connection.query<FoundIndex>(
    `select i.indexrelid::int8::int as oid, i.indexrelid::pg_catalog.regclass::text as name, i.indisvalid and i.indisready as valid,
            pg_catalog.pg_get_indexdef(i.indexrelid) as definition
     from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid
     where case when $2::text is null then i.indexrelid = pg_catalog.to_regclass($1)
                else i.indrelid = pg_catalog.to_regclass($2) and c.relname = $3 end`,
    [dotted(name), table === undefined ? null : dotted(table), name.at(-1)],
  );
  return rows[0] ?? null;
}

async function recoverCreateIndex(
  connection: Connection,
  statement: Statement,
  { index, table, ifNotExists }: Extract<Recognized, { kind: 'create index' }>,
): Promise<Recovered> {
  const found = await findIndex(connection, index, table);
  if (found === null) return 'again';
  if (!found.valid) {
    await connection.run(`drop index concurrently ${found.name}`);
    return 'again';
  }
  if (ifNotExists) return 'done';
  const wanted = await definitionOn(connection, statement, table);
  if (wanted === usingClause(found.definition)) return 'done';
  throw new DbkitError(
    'MIGRATION_INTERRUPTED',
    wanted === null
      ? `index ${found.name} exists, and it can not be told whether the interrupted statement made it`
      : `index ${found.name} exists, but is not the one that the interrupted statement makes`,
    {
      details: [`there is:  ${found.definition}`, `wanted is: ${statement.text}`],
      hint: 'if it is the right one: dbkit migrate repair <name> --done; else drop or rename it and run the same command again',
    },
  );
}

/**
 * How PostgreSQL would write the wanted index down: made on an empty table of the same columns, and rolled back. Null
 * where that can not be tried: no right to make temporary tables, an expression over the whole row.
 */
async function definitionOn(
  connection: Connection,
  statement: Statement,
  table: readonly string[],
): Promise<string | null> {
  const words = [...statement.words];
  const unique = words[1] === 'unique';
  const rest = words.slice(words.indexOf('on') + 1);
  if (rest[0] === 'only') rest.shift();
  rest.splice(0, table.length * 2 - 1);
  const probe = 'dbkit_index_probe';
  try {
    const results = await connection.run(
      `begin; create temporary table ${probe} (like ${dotted(table)}) on commit drop;` +
        `create ${unique ? 'unique ' : ''}index ${probe}_index on pg_temp.${probe} ${rest.join(' ')};` +
        `select pg_catalog.pg_get_indexdef('pg_temp.${probe}_index'::regclass) as definition; rollback`,
    );
    const row = results.find((result) => result.rows[0]?.definition !== undefined)?.rows[0];
    return usingClause(String(row?.definition));
  } catch (error) {
    if (!isServerError(error)) throw error;
    await connection.run('rollback');
    return null;
  }
}

/** `… USING btree (email)` and what follows; before it stand the names. */
function usingClause(definition: string): string {
  return `${/^CREATE UNIQUE /.test(definition) ? 'UNIQUE ' : ''}${definition.slice(definition.indexOf(' USING '))}`;
}

async function dropLeftovers(
  connection: Connection,
  { object, name }: Extract<Recognized, { kind: 'reindex' }>,
): Promise<void> {
  const { rows } = await connection.query<{ name: string }>(
    `select i.indexrelid::pg_catalog.regclass::text as name
     from pg_catalog.pg_index i
     join pg_catalog.pg_class c on c.oid = i.indexrelid
     join pg_catalog.pg_class t on t.oid = i.indrelid
     where not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$'
       and case $1
         when 'index' then i.indrelid = (select indrelid from pg_catalog.pg_index where indexrelid = pg_catalog.to_regclass($2))
         when 'table' then i.indrelid = pg_catalog.to_regclass($2) or t.oid = (select reltoastrelid from pg_catalog.pg_class where oid = pg_catalog.to_regclass($2))
         when 'schema' then c.relnamespace = pg_catalog.to_regnamespace($2)
         else true end`,
    [object, dotted(name)],
  );
  for (const { name: leftover } of rows) await connection.run(`drop index concurrently if exists ${leftover}`);
}

type Detach = Extract<Recognized, { kind: 'detach partition' }>;

/** Whether the partition is half detached; null when it is none (any more). */
async function isPending(connection: Connection, { parent, partition }: Detach): Promise<boolean | null> {
  const { rows } = await connection.query<{ pending: boolean }>(
    `select inhdetachpending as pending from pg_catalog.pg_inherits
     where inhparent = pg_catalog.to_regclass($1) and inhrelid = pg_catalog.to_regclass($2)`,
    [dotted(parent), dotted(partition)],
  );
  return rows[0]?.pending ?? null;
}

async function recoverDetach(connection: Connection, what: Detach): Promise<Recovered> {
  const pending = await isPending(connection, what);
  if (pending === null) return 'done';
  if (!pending) return 'again';
  await connection.run(`alter table ${dotted(what.parent)} detach partition ${dotted(what.partition)} finalize`);
  return 'done';
}
