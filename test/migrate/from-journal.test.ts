/** Rollbacks of migrations whose files are on another branch, from the text that the journal keeps. */
import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { migrateDown, migrateRedo, migrateTo, migrateUp } from '../../src/migrate/migrate.ts';
import { planMigrations } from '../../src/migrate/plan.ts';
import type { TargetDescription } from '../../src/postgres/target.ts';
import type { Project } from './project.ts';
import { failureOf, migrationProject, tableModule, tablePair } from './project.ts';

const files = { ...tablePair('01', 'doctors'), ...tablePair('02', 'wards'), ...tableModule('03', 'nurses') };
const gone = ['02_wards.up.sql', '02_wards.down.sql', '03_nurses.ts'];

/** All three are applied; the files of the last two are not on this branch. */
async function onOtherBranch(
  more: Readonly<Record<string, string>> = {},
  description: Partial<TargetDescription> = {},
) {
  const project = await migrationProject({ ...files, ...more }, { description });
  await migrateUp(project.options, project.context);
  for (const name of gone) await project.remove(name);
  return project;
}

const down = (project: Project, options = {}) => migrateDown({ ...project.options, ...options }, project.context);

it('run, SQL and TypeScript, and the report says where they came from', async () => {
  const project = await onOtherBranch();
  expect(await down(project, { count: 2 })).toMatchObject({
    ran: [{ name: '03_nurses' }, { name: '02_wards' }],
    notes: [
      'down of 03_nurses comes from the journal: its file is gone',
      'down of 02_wards comes from the journal: its file is gone',
    ],
  });
  expect(await project.tables()).toEqual(['doctors']);
  // The text was a file for a moment only.
  expect((await readdir(project.folder)).sort()).toEqual(['01_doctors.down.sql', '01_doctors.up.sql']);
  const { rows } = await project.sql.query(
    `select subject, detail->>'from' as "from" from dbkit.event where event = 'down' order by id`,
  );
  expect(rows).toEqual([
    { subject: '03_nurses', from: 'journal' },
    { subject: '02_wards', from: 'journal' },
  ]);
});

it('run on the way to an older one, all in one transaction', async () => {
  const project = await onOtherBranch();
  await migrateTo({ ...project.options, name: '01', singleTransaction: true }, project.context);
  expect(await project.tables()).toEqual(['doctors']);
});

it('import what lies beside them, and say what is gone', async () => {
  const names = { 'names.ts': `export const table = 'nurses';\n` };
  const module = tableModule('03', 'nurses')['03_nurses.ts'] ?? '';
  const text = `import { table } from './names.ts';\n${module.replaceAll("'nurses'", 'table')}`;
  const there = await onOtherBranch({ ...names, '03_nurses.ts': text });
  await down(there);
  expect(await there.tables()).toEqual(['doctors', 'wards']);

  const lost = await migrationProject({ ...files, ...names, '03_nurses.ts': text.replace('table }', 'table } ') });
  await migrateUp(lost.options, lost.context);
  for (const name of [...gone, 'names.ts']) await lost.remove(name);
  const error = await failureOf(down(lost));
  expect(error).toMatchObject({ code: 'MIGRATION_DELETED', message: expect.stringContaining('names.ts') });
  expect(error.message).not.toContain('.dbkit-');
  expect(error.hint).toContain('check out the branch');
  expect(await readdir(lost.folder)).toHaveLength(2);
});

it.each([
  ['the text', `update dbkit.journal set down_text = replace(down_text, 'dropTable', 'dropView')`],
  [
    'the text and its checksums',
    `update dbkit.journal set down_text = down_text || ' ',
       down_checksum = encode(sha256(convert_to(down_text || ' ', 'UTF8')), 'hex'),
       up_checksum = encode(sha256(convert_to(down_text || ' ', 'UTF8')), 'hex') where name = '03_nurses'`,
  ],
])('do not run when somebody changed %s', async (_what, change) => {
  const project = await onOtherBranch();
  await project.sql.run(change);
  expect(await failureOf(down(project))).toMatchObject({
    code: 'MIGRATION_DELETED',
    hint: expect.stringContaining('somebody changed it'),
  });
  expect(await project.tables()).toEqual(['doctors', 'nurses', 'wards']);
});

it('do not run on a protected database, whatever is said', async () => {
  const project = await onOtherBranch(
    {},
    { kind: 'url', protected: true, environment: 'production', marker: 'production' },
  );
  const options = { yes: true, count: 2 };
  const error = await failureOf(
    planMigrations({ ...project.options, request: { verb: 'down', count: 2 } }, project.context),
  );
  expect(error).toMatchObject({ code: 'TARGET_REFUSED', hint: expect.stringContaining('check out the branch') });
  expect((await failureOf(down(project, options))).code).toBe('CONFIRMATION_NEEDED');
  expect(await project.tables()).toEqual(['doctors', 'nurses', 'wards']);
});

it('run as code of a shared database only when somebody says so', async () => {
  const project = await onOtherBranch({}, { kind: 'url', environment: 'staging', marker: 'staging' });
  expect(await failureOf(down(project))).toMatchObject({
    code: 'CONFIRMATION_NEEDED',
    hint: expect.stringContaining('--yes'),
  });
  await down(project, { yes: true });
  // SQL runs on the server only, where whoever may change the journal may do as much.
  await down(project);
  expect(await project.tables()).toEqual(['doctors']);
});

it('are not the beginning of a redo', async () => {
  const project = await onOtherBranch();
  expect(await failureOf(migrateRedo(project.options, project.context))).toMatchObject({
    code: 'MIGRATION_DELETED',
    message: '03_nurses can not be applied again: its file is gone; nothing was undone',
  });
  expect(await project.tables()).toEqual(['doctors', 'nurses', 'wards']);
});
