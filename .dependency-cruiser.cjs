/**
 * The walls of the house. A floor imports only what stands below it:
 *
 *   bin → cli → compose → rooms → findings → policy, privacy → catalog → postgres → config, storage → errors, events
 *
 * `index`, the public API, stands beside `compose`. Every folder of src/ that is not named here is a room.
 */
const floors = [
  ['cli'],
  ['compose.ts', 'index.ts'],
  ['rooms'],
  // What a room's command is written against: types only.
  ['command.ts'],
  // Formats of findings, for every room that has some.
  ['findings'],
  ['policy', 'privacy'],
  ['catalog'],
  ['postgres'],
  ['config', 'storage'],
  ['errors.ts', 'events.ts'],
];

const named = floors.flat().filter((name) => name !== 'rooms' && !name.endsWith('.ts'));
const rooms = `^src/(?!(?:${named.join('|')})/)[^/]+/`;
const tests = '\\.test\\.ts$';

function pathOf(name) {
  if (name === 'rooms') return rooms;
  return name.endsWith('.ts') ? `^src/${name.replace('.', '\\.')}$` : `^src/${name}/`;
}

const upwards = floors.slice(1).flatMap((floor, below) =>
  floor.map((name) => ({
    name: `${name.replace('.ts', '')}-imports-only-downwards`,
    comment: 'A floor imports only what stands below it.',
    severity: 'error',
    from: { path: pathOf(name), pathNot: tests },
    to: {
      path: floors
        .slice(0, below + 1)
        .flat()
        .map(pathOf),
    },
  })),
);

const sideways = floors
  .filter((floor) => floor.length > 1 && !floor.includes('errors.ts'))
  .flatMap((floor) =>
    floor.map((name) => ({
      name: `${name.replace('.ts', '')}-leaves-its-neighbour-alone`,
      comment: 'Two that stand on one floor do not know each other.',
      severity: 'error',
      from: { path: pathOf(name), pathNot: tests },
      to: { path: floor.filter((other) => other !== name).map(pathOf) },
    })),
  );

/** Only the files of `from` may import the npm package. */
function onlyFrom(library, from, comment) {
  return {
    name: `${library.replaceAll('/', '-')}-has-one-door`,
    comment,
    severity: 'error',
    from: { path: '^(?:src|bin)/', pathNot: from === null ? tests : [from, tests] },
    to: { path: `node_modules/(?:@types/)?${library}/` },
  };
}

module.exports = {
  forbidden: [
    ...upwards,
    ...sideways,
    {
      name: 'rooms-do-not-know-each-other',
      comment: 'What one room needs of another is handed in by compose.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: [...named.map(pathOf), tests] },
      to: { path: rooms, pathNot: '^src/$1/' },
    },
    {
      name: 'nothing-imports-the-public-api',
      comment: 'index is for users, to whose files main hands it; from inside, import the file itself.',
      severity: 'error',
      from: { path: '^(?:src|bin)/', pathNot: [tests, '^src/cli/main\\.ts$'] },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'the-library-has-no-terminal',
      comment: 'The public API must be usable in a server: no command line parser, no colours, no spinner.',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: 'node_modules/(?:commander|chalk|ora)/', reachable: true },
    },
    onlyFrom(
      'pg',
      '^src/postgres/(?:open-client|statement-chain)\\.ts$',
      'One file opens connections, sets type parsers and listens for errors.',
    ),
    onlyFrom('pg-copy-streams', '^src/postgres/', 'COPY belongs to the connection.'),
    onlyFrom(
      'libpg-query',
      '^src/postgres/parse-sql\\.ts$',
      'It costs a tenth of a second, so it is loaded in one place.',
    ),
    {
      name: 'no-migrator-of-kysely',
      comment: "Kysely's Migrator skips a missing down in silence and never throws.",
      severity: 'error',
      from: { path: '^(?:src|bin)/', pathNot: tests },
      to: { path: 'node_modules/kysely/.*/migration/|^kysely/migration' },
    },
    {
      name: 'user-files-are-read-at-run-time',
      comment: 'The reference application is data for dbkit, never a part of it.',
      severity: 'error',
      from: { path: '^(?:src|bin)/' },
      to: { path: '^(?:migrations|seeds|checks)/|^dbkit\\.config\\.ts$' },
    },
    {
      name: 'sources-know-no-tests',
      severity: 'error',
      from: { path: '^(?:src|bin)/', pathNot: tests },
      to: { path: '^(?:test|bench)/|\\.test\\.ts$' },
    },
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one file, or hide a third one. Types may refer to each other.',
      severity: 'error',
      from: { path: '^(?:src|bin)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^(?:src|bin|test|bench)/' },
      to: { couldNotResolve: true, pathNot: '/dist/' },
    },
    {
      name: 'published-code-uses-declared-packages',
      comment: 'A package that only a tool brings along is gone when that tool changes.',
      severity: 'error',
      from: { path: '^(?:src|bin)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/node-24/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
  },
};
