/** What the demo shows of this room: up, status, all the way down, up again, and that the schema is the same. */
import { hash } from 'node:crypto';
import type { Connection } from '../postgres/connect.ts';
import type { VerbContext } from '../postgres/target.ts';
import { migrateTo, migrateUp } from './migrate.ts';
import type { RunOptions } from './options.ts';
import { migrationStatus } from './status.ts';

interface Stage {
  readonly context: VerbContext;
  readonly migrations: string;
  readonly dbkitVersion: string;
}

interface Step {
  readonly title: string;
  run(stage: Stage): Promise<string>;
}

/** In their order; each rests on the one before. */
export function migrateDemoSteps(): readonly Step[] {
  let first = '';
  return [
    {
      title: 'migrate up',
      async run(stage) {
        const { ran } = await migrateUp(optionsOf(stage), stage.context);
        first = await describePublic(stage.context);
        return `${ran.length} migrations of the reference application applied`;
      },
    },
    {
      title: 'migrate status',
      async run(stage) {
        const { applied, pending, faults } = await migrationStatus(optionsOf(stage), stage.context);
        if (pending > 0 || faults.length > 0)
          throw new Error(`status tells of ${pending} pending, at fault: ${faults.join(', ')}`);
        return `${applied} applied, none pending, no file changed`;
      },
    },
    {
      title: 'migrate prove',
      async run(stage) {
        const { showProof } = await import('./prove/demo-step.ts');
        return showProof(stage.context, optionsOf(stage));
      },
    },
    {
      title: 'migrate to zero',
      async run(stage) {
        const { ran } = await migrateTo({ ...optionsOf(stage), name: 'zero' }, stage.context);
        const left = JSON.parse(await describePublic(stage.context)) as unknown[];
        if (left.length > 0) throw new Error(`${left.length} objects are left in the schema public`);
        return `${ran.length} undone, the last one first; nothing is left of them`;
      },
    },
    {
      title: 'migrate up again',
      async run(stage) {
        const { ran } = await migrateUp(optionsOf(stage), stage.context);
        const second = await describePublic(stage.context);
        if (second !== first) throw new Error('the schema is not what it was after the first up');
        return `${ran.length} applied; the schema is the same, fingerprint ${hash('sha256', second).slice(0, 8)}`;
      },
    },
    {
      title: 'migrate lint',
      run: async (stage) => (await import('./demo-lint.ts')).showLint(stage.context, optionsOf(stage)),
    },
  ];
}

function optionsOf({ migrations, dbkitVersion }: Stage): RunOptions {
  return {
    folder: migrations,
    app: 'demo',
    lockTimeoutMs: 3_000,
    statementTimeoutMs: null,
    keepText: false,
    waitMs: 10_000,
    provenance: { actor: null, commit: null, runUrl: null, planHash: null, dbkitVersion },
  };
}

/** Relations with columns, constraints, policies and functions of `public`, as one text; `[]` when there are none. */
async function describePublic({ db }: VerbContext): Promise<string> {
  const connection: Connection = await db.connect('dbkit demo');
  try {
    const { rows } = await connection.query<{ what: string }>(
      `select c.relkind::text || ' ' || c.relname || ' ' || coalesce(c.relacl::text, '') || ' ' || c.relrowsecurity as what
       from pg_catalog.pg_class c where c.relnamespace = 'public'::regnamespace
       union all
       select 'column ' || c.relname || ' ' || a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull
       from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
       union all
       select 'constraint ' || conname || ' ' || pg_catalog.pg_get_constraintdef(oid) from pg_catalog.pg_constraint
       where connamespace = 'public'::regnamespace
       union all
       select 'policy ' || tablename || ' ' || policyname || ' ' || cmd || ' ' || roles::text || ' ' || coalesce(qual, '') || ' ' || coalesce(with_check, '')
       from pg_catalog.pg_policies where schemaname = 'public'
       union all
       select 'function ' || pg_catalog.pg_get_functiondef(oid) from pg_catalog.pg_proc
       where pronamespace = 'public'::regnamespace and prokind in ('f', 'p')
       order by 1`,
    );
    return JSON.stringify(rows.map(({ what }) => what));
  } finally {
    await connection.close();
  }
}
