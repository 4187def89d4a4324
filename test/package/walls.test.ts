/** Each wall of `.dependency-cruiser.cjs`, broken once in a made-up tree: a rule that matches nothing protects nothing. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const repository = join(import.meta.dirname, '../..');

/** Rule → the files that break it, with what they import. A circle, and what is reached, is reported at its first file. */
const broken: Record<string, Record<string, readonly string[]>> = {
  'errors-imports-only-downwards': { 'src/errors.ts': ['./config/load.ts'] },
  'config-imports-only-downwards': { 'src/config/load.ts': ['../postgres/target.ts'] },
  'storage-leaves-its-neighbour-alone': { 'src/storage/folder.ts': ['../config/schema.ts'] },
  'postgres-imports-only-downwards': { 'src/postgres/target.ts': ['../catalog/read.ts'] },
  'catalog-imports-only-downwards': { 'src/catalog/read.ts': ['../policy/authority.ts'] },
  'policy-imports-only-downwards': { 'src/policy/authority.ts': ['../seed/rows.ts'] },
  'findings-imports-only-downwards': { 'src/findings/finding.ts': ['../migrate/lint/rule.ts'] },
  'privacy-leaves-its-neighbour-alone': { 'src/privacy/map.ts': ['../policy/expression.ts'] },
  'rooms-imports-only-downwards': { 'src/migrate/command.ts': ['../compose.ts'], 'src/seed/rows.ts': ['../cli/io.ts'] },
  'rooms-do-not-know-each-other': { 'src/verify/report.ts': ['../seed/plan.ts'] },
  'compose-imports-only-downwards': { 'src/compose.ts': ['./cli/colors.ts'] },
  'nothing-imports-the-public-api': { 'src/cli/usage.ts': ['../index.ts'] },
  'the-library-has-no-terminal': { 'src/index.ts': ['./migrate/report.ts'], 'src/migrate/report.ts': ['chalk'] },
  'pg-has-one-door': { 'src/migrate/journal.ts': ['pg'] },
  'pg-copy-streams-has-one-door': { 'src/seed/copy.ts': ['pg-copy-streams'] },
  'libpg-query-has-one-door': { 'src/migrate/lint/tree.ts': ['libpg-query'] },
  'no-migrator-of-kysely': { 'src/migrate/up.ts': ['kysely/migration'] },
  'user-files-are-read-at-run-time': { 'src/demo/demo.ts': ['../../migrations/0001_users.ts'] },
  'sources-know-no-tests': { 'src/types/types.ts': ['../../test/harness/servers.ts'] },
  'no-circles': { 'src/backup/a.ts': ['./b.ts'], 'src/backup/b.ts': ['./a.ts'] },
  resolvable: { 'src/keys/keys.ts': ['./gone.ts'] },
  'published-code-uses-declared-packages': { 'src/keys/rotate.ts': ['undeclared'] },
};

/** What every floor may do; none of it is a fault. */
const allowed: Record<string, readonly string[]> = {
  'src/cli/main.ts': ['../compose.ts', 'commander', 'chalk', '../errors.ts'],
  'src/subject/verb.ts': ['./report.ts', '../privacy/map2.ts', '../postgres/connect.ts', '../config/schema.ts'],
  'src/postgres/open-client.ts': ['pg', '../events.ts'],
  'src/subject/report.ts': ['kysely'],
  'src/postgres/parse-sql.ts': ['libpg-query'],
};

test('every wall stops what it was built for, and nothing else', () => {
  const folder = temporaryFolder('walls');
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const imports = Object.entries(allowed).concat(...Object.values(broken).map(Object.entries<readonly string[]>));
  for (const [file, specifiers] of imports) {
    for (const specifier of specifiers) {
      if (specifier.startsWith('.') && specifier !== './gone.ts') write(join(dirname(file), specifier), 'export {};\n');
    }
  }
  for (const [file, specifiers] of imports) write(file, specifiers.map((from) => `import '${from}';\n`).join(''));
  for (const name of ['pg', 'pg-copy-streams', 'libpg-query', 'chalk', 'commander', 'kysely', 'undeclared']) {
    write(
      `node_modules/${name}/package.json`,
      JSON.stringify({
        name,
        main: 'index.js',
        exports: { '.': './index.js', './migration': './dist/migration/index.js' },
      }),
    );
    write(`node_modules/${name}/index.js`, '');
    write(`node_modules/${name}/dist/migration/index.js`, '');
  }
  const dependencies = { pg: '*', 'pg-copy-streams': '*', 'libpg-query': '*', chalk: '*', commander: '*', kysely: '*' };
  write('package.json', JSON.stringify({ name: 'walls', type: 'module', dependencies }));
  write(
    'tsconfig.json',
    JSON.stringify({ compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true, noEmit: true } }),
  );
  copyFileSync(join(repository, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'));

  const found = cruise(folder);
  const expected = Object.entries(broken).flatMap(([rule, files]) =>
    Object.keys(files).map((file) => `${rule}: ${file}`),
  );
  expect(found).toEqual(expected.filter((line) => !/no-circles: .*b.ts|terminal: src.migrate/.test(line)).sort());
}, 120_000);

function cruise(folder: string): readonly string[] {
  const program = join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const { summary } = JSON.parse(spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).stdout);
  const lines = summary.violations.map(
    (violation: { rule: { name: string }; from: string }) => `${violation.rule.name}: ${violation.from}`,
  );
  return [...new Set<string>(lines)].sort();
}
