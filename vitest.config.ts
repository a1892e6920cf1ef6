import { defineConfig } from 'vitest/config';

const conditions = ['octohost-source', 'node', 'import', 'module', 'default'];

/** Files that run once more with settings, state and catalog in Consul. */
const onAnyState = [
  ...['clean', 'config', 'deploy', 'plan', 'push', 'secrets', 'services'].map(
    (name) => `test/e2e/${name}.e2e.test.ts`,
  ),
  'test/git/keys.git.test.ts',
  'test/faults/locks.fault.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/e2e/**',
            'test/git/**/*.git.test.ts',
            'test/faults/**/*.fault.test.ts',
            'test/consul/**/*.consul.test.ts',
            'test/docker/**/*.docker.test.ts',
            'test/parity/**/*.parity.test.ts',
          ],
          isolate: false,
          maxWorkers: 2,
          // Some start real programs; a busy machine is no defect.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts', 'test/e2e/theory-of-operation.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'docker',
          include: ['test/docker/**/*.docker.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'parity',
          include: ['test/parity/**/*.parity.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e-consul',
          include: onAnyState,
          globalSetup: ['test/e2e/global-setup.ts'],
          env: { OCTO_TEST_STATE: 'consul' },
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'consul',
          include: ['test/consul/**/*.consul.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'git',
          include: ['test/git/**/*.git.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.fault.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
