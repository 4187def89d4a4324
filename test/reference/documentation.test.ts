/** What the pages of the reference application say of functions, relations, keys and indexes is so in the database. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attempt } from '../platform/attempt.ts';
import { brokenLinks, codeIn, documentedBlocks, documentedFunctions, documentedRows } from './documented.ts';
import type { ReferenceDatabase } from './reference-database.ts';
import { referenceDatabase } from './reference-database.ts';

const roles = ['anon', 'authenticated', 'service_role'] as const;

let reference: ReferenceDatabase;
beforeAll(async () => {
  reference = await referenceDatabase();
  // Names of public are then written without their schema, as in the pages.
  await reference.sql.run('set search_path = public');
});
afterAll(() => reference.db.drop());

const rows = async <Row>(query: string, values: readonly unknown[] = []) =>
  (await reference.sql.query<Row>(query, values)).rows;

describe('functions', () => {
  interface Found {
    readonly name: string;
    readonly given: string;
    readonly answers: string;
    readonly roles: readonly string[];
    readonly source: string;
  }
  const found = () =>
    rows<Found>(
      `select case nspname when 'public' then proname else nspname || '.' || proname end as name,
        pg_get_function_arguments(p.oid) as given, pg_get_function_result(p.oid) as answers, pg_get_functiondef(p.oid) as source,
        array(select r from unnest($1::text[]) r where has_function_privilege(r, p.oid, 'EXECUTE')) as roles
      from pg_proc p join pg_namespace n on n.oid = pronamespace
      where nspname in ('public', 'private', 'definer')`,
      [roles],
    );
  /** As the pages write it. */
  const plain = (text: string) =>
    text
      .replaceAll('timestamp with time zone', 'timestamptz')
      .replaceAll(/ DEFAULT (.+?)(::[\w[\]]+)?(?=,|$)/g, ' = $1')
      .replaceAll(' = NULL', ' = null')
      .replace(/^TABLE/, '');

  it('each that is served, and each for the owner: arguments, answer, and who may call it', async () => {
    const closed = await found();
    await reference.sql.run('begin; select public.enable_local_auth()');
    const open = await found();
    await reference.sql.run('rollback');
    const documented = documentedFunctions();
    const named = new Set(documented.map(({ name }) => name));
    const actual = open
      .filter(({ name }) => !name.includes('.') || named.has(name))
      .map((after) => {
        const before = closed.find(({ name }) => name === after.name)?.roles ?? [];
        const who = after.roles.map((role) => (before.includes(role) ? role : `${role}*`)).join(', ') || 'owner';
        return `${after.name}(${plain(after.given)}) → ${plain(after.answers)}: ${who}`;
      });
    expect(documented.map((each) => `${each.name}(${each.arguments}) → ${each.answers}: ${each.who}`).sort()).toEqual(
      actual.sort(),
    );
  });

  const conditions: Readonly<Record<string, string>> = {
    datatype_mismatch: '42804',
    feature_not_supported: '0A000',
    invalid_parameter_value: '22023',
    name_too_long: '42622',
    undefined_column: '42703',
  };
  /** Raised by PostgreSQL, not in the text of a function. */
  const ofTheServer = ['25006', '55P03'];
  /** Raised in what they call, for arguments that they do not give. */
  const never: Readonly<Record<string, string>> = { revoke_sessions_of: 'PT404', schedule_maintenance: 'PT422' };

  it('their errors are those that they and what they call can raise', async () => {
    const sources = new Map((await found()).map(({ name, source }) => [name, source]));
    const raised = (name: string): readonly string[] => {
      // A grant names functions without calling them.
      const source = (sources.get(name) ?? '').replaceAll(/^ *(grant|revoke) [^;]+;/gm, '');
      const own = [...source.matchAll(/raise (?:sqlstate '(\w{5})'|(\w+) using)/g)].flatMap(
        ([, state, condition = '']) => state ?? conditions[condition] ?? [],
      );
      // What is caught does not come out.
      if (source.includes('exception when others')) return own;
      const called = [...source.matchAll(/\b(?:public\.|(private\.|definer\.))(\w+)\(/g)].map(
        ([, schema = '', called]) => `${schema}${called}`,
      );
      return [...own, ...called.filter((other) => other !== name).flatMap(raised)];
    };
    const documented = documentedFunctions();
    const told = (codes: readonly string[]) => [...new Set(codes)].sort().join(' ');
    expect(
      documented.map(({ name, errors }) => `${name}: ${told(errors.filter((code) => !ofTheServer.includes(code)))}`),
    ).toEqual(documented.map(({ name }) => `${name}: ${told(raised(name).filter((code) => code !== never[name]))}`));
  });

  it('the meaning of each is told', () => {
    const explained = new Set(documentedRows('SQLSTATE').map((row) => row.SQLSTATE));
    // What private.audit_table() finds in a migration, its row explains.
    const inMigrations = ['22023', '42622', '42703', '42804'];
    const used = documentedFunctions().flatMap(({ errors }) => errors);
    expect(used.filter((code) => !explained.has(code) && !inMigrations.includes(code))).toEqual([]);
    const unused = [...explained].filter((code) => code?.startsWith('PT') && !used.includes(code));
    expect(unused).toEqual([]);
  });
});

describe('relations', () => {
  const relations = `select c.oid, c.oid::regclass::text as name from pg_class c
    where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and relkind in ('r', 'p', 'v', 'm') and not relispartition`;
  const verbs: Readonly<Record<string, string>> = {
    reads: 'SELECT',
    inserts: 'INSERT',
    updates: 'UPDATE',
    deletes: 'DELETE',
  };
  const access = () =>
    documentedRows('relation').flatMap((row) =>
      codeIn((row.relation ?? '').replaceAll(/\(.*?\)/g, ''))
        .filter((name) => !(row.relation ?? '').startsWith('`storage.') || name.startsWith('storage.'))
        .map((name) => ({ name, row })),
    );
  const ours = () => access().filter(({ name }) => !name.startsWith('storage.'));

  it('each has its row', async () => {
    const actual = await rows<{ name: string }>(relations);
    expect(
      ours()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(actual.map(({ name }) => name).sort());
  });

  it('each role reads, inserts, updates and deletes what the grants let it', async () => {
    const held = await rows<{ name: string; role: string; privilege: string; columns: string | null }>(
      `select name, role, privilege, case when not has_table_privilege(role, r.oid, privilege) then columns end as columns
      from (${relations}) r, unnest($1::text[]) role, unnest($2::text[]) privilege, lateral (
        select string_agg(attname, ', ' order by attname) as columns from pg_attribute
        where attrelid = r.oid and attnum > 0 and not attisdropped
          -- No column can be deleted.
          and has_column_privilege(role, r.oid, attnum, nullif(privilege, 'DELETE'))
      ) c
      where has_table_privilege(role, r.oid, privilege) or columns is not null`,
      [roles, Object.values(verbs)],
    );
    const documented = ours().flatMap(({ name, row }) =>
      roles.flatMap((role) => {
        const cell = row[role] ?? '';
        const told = [...cell.matchAll(/\b(reads|inserts|updates|deletes)\b(?: `([^`]+)`)?/g)];
        expect(told.length === 0, `${name}, ${role}: ${cell}`).toBe(cell === '–');
        return told.map(([, verb = '', columns]) =>
          [name, role, verbs[verb], columns === undefined ? '*' : columns.split(', ').sort().join(', ')].join(' '),
        );
      }),
    );
    expect(documented.sort()).toEqual(
      held.map((each) => [each.name, each.role, each.privilege, each.columns ?? '*'].join(' ')).sort(),
    );
  });

  it('each is in the diagram, and its lines without dots are the foreign keys', async () => {
    const lines = documentedBlocks('mermaid').flatMap(({ label, text }) =>
      label === 'erDiagram' ? text.split('\n').slice(1) : [],
    );
    const parsed = lines.map((line) => /^ {2}"?([\w.]+)"? \S+(--|\.\.)\S+ "?([\w.]+)"? : ".+"$/.exec(line));
    expect(parsed.indexOf(null)).toBe(-1);
    const actual = await rows<{ name: string }>(relations);
    const drawn = new Set(parsed.flatMap((match) => [match?.[1], match?.[3]]));
    expect(actual.filter(({ name }) => !name.startsWith('private.') && !drawn.has(name))).toEqual([]);
    const solid = parsed.filter((match) => match?.[2] === '--').map((match) => `${match?.[3]} to ${match?.[1]}`);
    const keys = await rows<{ key: string }>(
      `select concat(conrelid::regclass, ' to ', confrelid::regclass) as key from pg_constraint
      where contype = 'f' and conparentid = 0 and connamespace in ('public'::regnamespace, 'private'::regnamespace)`,
    );
    expect(solid.sort()).toEqual(keys.map(({ key }) => key).sort());
  });
});

it('foreign keys, and what happens on delete', async () => {
  const keys = await rows<{ table: string; definition: string }>(
    `select conrelid::regclass::text as table, pg_get_constraintdef(oid) as definition from pg_constraint
    where contype = 'f' and conparentid = 0 and connamespace in ('public'::regnamespace, 'private'::regnamespace)`,
  );
  const actual = keys.map(({ table, definition }) => {
    const parts = /^FOREIGN KEY (\(.+?\)) REFERENCES (\S+)(\(.+?\))(?: ON DELETE (.+))?$/.exec(definition);
    const [, columns, other, otherColumns, action = 'NO ACTION'] = parts ?? [];
    return `${table} ${columns} | ${other} ${otherColumns} | ${action.toLowerCase()}`;
  });
  const documented = documentedRows('from').map((row) =>
    [codeIn(row.from ?? ''), codeIn(row.to ?? ''), row['on delete']].join(' | '),
  );
  expect(documented.sort()).toEqual(actual.sort());
});

it('indexes, and what they are on', async () => {
  const actual = await rows<{ name: string; definition: string; primary: boolean }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition, indisprimary as "primary"
    from pg_index join pg_class c on c.oid = indexrelid
    where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and not relispartition`,
  );
  const described = actual.map(({ name, definition, primary }) => {
    if (primary) return `${name}: primary`;
    const parts = /^CREATE (UNIQUE )?INDEX \S+ ON (?:ONLY )?(\S+) USING (\w+) (.*?)( WHERE .*)?$/.exec(definition);
    const [, unique = '', table = '', method, columns, condition = ''] = parts ?? [];
    const on = `\`${table.replace(/^public\./, '')} ${columns}\``;
    return `${name}: ${unique}${method === 'btree' ? '' : `${method} `}${on}${condition && ' where'}`.toLowerCase();
  });
  const documented = documentedRows('index').flatMap((row) => {
    const names = codeIn(row.index ?? '');
    const on = names.length > 1 ? 'primary' : (row.on ?? '').replace(/ where .+$/, ' where');
    return names.map((name) => `${name}: ${on}`);
  });
  expect(documented.sort()).toEqual(described.sort());
});

it('a subscription goes from one state to another where the diagram has an arrow, and nowhere else', async () => {
  const diagram = documentedBlocks('mermaid').find(({ label }) => label === 'stateDiagram-v2');
  const arrows = [...(diagram?.text ?? '').matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} ${to}`);
  const ada = await reference.signUp();
  const states = await rows<{ state: string }>('select unnest(enum_range(null::subscription_state))::text as state');
  const periodEnd = (state: string) => (['canceled', 'expired'].includes(state) ? 'now()' : 'null');
  const canceledAt = (state: string) => (state === 'canceled' ? 'now()' : 'null');
  const possible: string[] = [];
  for (const { state: from } of states) {
    for (const { state: to } of states.filter(({ state }) => state !== from)) {
      const outcome = await attempt(
        reference.sql,
        `delete from user_subscriptions where user_id = '${ada}';
        insert into user_subscriptions (user_id, plan_id, status, period_end, canceled_at)
          select '${ada}', id, '${from}', ${periodEnd(from)}, ${canceledAt(from)} from subscription_plans;
        update user_subscriptions set status = '${to}', period_end = ${periodEnd(to)}, canceled_at = ${canceledAt(to)}
          where user_id = '${ada}'`,
      );
      if (outcome === 'ok') possible.push(`${from} ${to}`);
      else expect(outcome).toBe('23514');
    }
  }
  expect(arrows.sort()).toEqual(possible.sort());
});

it('links lead somewhere', () => {
  expect(brokenLinks()).toEqual([]);
});
