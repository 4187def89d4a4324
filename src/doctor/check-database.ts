/** What the target itself tells: version, platform, marker, rights, pooler. */
import { ownSchemaVersion, readOwnSchemaVersion } from '../postgres/own-schema.ts';
import type { PoolerMode } from '../postgres/pooler.ts';
import { detectPooler } from '../postgres/pooler.ts';
import type { VerbContext } from '../postgres/target.ts';
import type { DoctorCheck } from './report.ts';

export async function checkDatabase({ db }: VerbContext): Promise<readonly DoctorCheck[]> {
  const { serverVersion, platform, marker, environment } = db.description;
  const connection = await db.connect('dbkit doctor');
  try {
    const pooler = await detectPooler(connection, () => db.connect('dbkit doctor'));
    const version = await readOwnSchemaVersion(connection);
    const { rows } = await connection.query<{ creates: boolean; superuser: boolean; bypasses: boolean }>(
      `select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as creates,
              r.rolsuper as superuser, r.rolbypassrls as bypasses
       from pg_catalog.pg_roles r where r.rolname = current_user`,
    );
    const role = rows[0];
    return [
      { name: 'server', state: 'ok', message: `PostgreSQL ${serverVersion}, platform ${platform}`, hint: null },
      markerCheck(marker, environment),
      { name: 'pooler', ...poolers[pooler] },
      {
        name: 'role',
        state: 'ok',
        message: [
          role?.superuser === true ? 'a superuser' : 'not a superuser',
          role?.bypasses === true ? 'passes row-level security by' : 'is held by row-level security',
        ].join(', it '),
        hint: null,
      },
      ownSchemaCheck(version, role?.creates === true),
    ];
  } finally {
    await connection.close();
  }
}

function markerCheck(marker: string | null, environment: string | null): DoctorCheck {
  const name = 'marker';
  if (marker !== null && environment !== null && marker !== environment) {
    return {
      name,
      state: 'fail',
      message: `the database says it is ${marker}, the config says ${environment}`,
      hint: 'look at the URL of this environment',
    };
  }
  if (marker !== null) return { name, state: 'ok', message: `the database says it is ${marker}`, hint: null };
  return {
    name,
    state: 'warn',
    message: 'the database does not say which environment it is',
    hint: `dbkit db mark ${environment ?? '<environment>'}`,
  };
}

const poolers: Readonly<Record<PoolerMode, Omit<DoctorCheck, 'name'>>> = {
  direct: { state: 'ok', message: 'none between here and the server', hint: null },
  session: { state: 'ok', message: 'one in session mode, as far as can be seen', hint: null },
  transaction: {
    state: 'warn',
    message: 'one in transaction mode: migrations without a transaction need the direct or session-mode URL',
    hint: 'on Supabase: the session pooler, port 5432',
  },
  unknown: {
    state: 'warn',
    message: 'one whose mode could not be told',
    hint: 'use the direct URL for migrations if you can',
  },
};

function ownSchemaCheck(version: number | null, creates: boolean): DoctorCheck {
  const name = 'schema dbkit';
  if (version === ownSchemaVersion) return { name, state: 'ok', message: `version ${version}`, hint: null };
  if (version !== null && version > ownSchemaVersion) {
    return {
      name,
      state: 'fail',
      message: `version ${version}: newer than this dbkit, which reads and does not write`,
      hint: 'npm install --save-dev dbkit@latest',
    };
  }
  if (creates)
    return {
      name,
      state: 'ok',
      message:
        version === null
          ? 'not there yet: the first verb that writes makes it'
          : `version ${version}: brought forward by the next verb that writes`,
      hint: null,
    };
  return {
    name,
    state: 'warn',
    message: 'not there, and this role may not make it',
    hint: 'let an administrator run: dbkit db bootstrap --print',
  };
}
