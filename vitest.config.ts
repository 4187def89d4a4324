import { defineConfig } from 'vitest/config';

/** Two or three workers: the machines that build dbkit have two cores, and each database test keeps a server busy too. */
export default defineConfig({
  resolve: { alias: { dbkit: new URL('./src/index.ts', import.meta.url).pathname } },
  test: {
    pool: 'forks',
    maxWorkers: 3,
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'database',
          include: ['test/**/*.test.ts'],
          exclude: ['test/long/**', 'node_modules/**'],
          globalSetup: 'test/harness/global-setup.ts',
        },
      },
      // Version matrices and kill tables: `npm run check:long` sets the variable, so that `npm test` stays short.
      ...(process.env.DBKIT_LONG === undefined
        ? []
        : [
            {
              extends: true as const,
              test: {
                name: 'long',
                include: ['test/long/**/*.test.ts'],
                globalSetup: 'test/harness/global-setup.ts',
                testTimeout: 600_000,
              },
            },
          ]),
    ],
  },
});
