import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const conditions = ['octohost-source', 'node', 'import', 'module', 'default'];

/** Files that run once more with settings, state and catalog in Consul. */
const onAnyState = [
  ...['clean', 'config', 'deploy', 'plan', 'push', 'secrets', 'services'].map(
    (name) => `test/e2e/${name}.e2e.test.ts`,
  ),
  'test/git/keys.git.test.ts',
  'test/faults/locks.fault.test.ts',
];

/** A suite on a Docker Engine that all its files share. */
function onRealParts(
  name: string,
  include: string[],
  more: { env?: Record<string, string>; fileParallelism?: false } = {},
) {
  return {
    extends: true as const,
    test: {
      name,
      include,
      globalSetup: ['test/e2e/global-setup.ts'],
      testTimeout: 300_000,
      hookTimeout: 300_000,
      ...(more.fileParallelism === false ? {} : { maxWorkers: 2 }),
      ...more,
    },
  };
}

/** As the program itself does it: `octohost` is this one, for a plugin that is a package of its own too. */
const alias = [
  { find: /^octohost$/, replacement: here('./core/index.ts') },
  { find: /^octohost\/plugins\/([^/]+)$/, replacement: here('./plugins/$1/index.ts') },
];

export default defineConfig({
  resolve: { conditions, alias },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // A busy machine is no defect.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/e2e/**',
            'test/operate/**',
            'test/git/**/*.git.test.ts',
            'test/faults/**/*.fault.test.ts',
            'test/consul/**/*.consul.test.ts',
            'test/docker/**/*.docker.test.ts',
            'test/parity/**/*.parity.test.ts',
            'test/setup/**/*.setup.test.ts',
          ],
          isolate: false,
          maxWorkers: 2,
          // Some start real programs; a busy machine is no defect.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      onRealParts('e2e', ['test/e2e/**/*.e2e.test.ts', 'test/e2e/theory-of-operation.test.ts']),
      onRealParts('operate', ['test/operate/**/*.e2e.test.ts']),
      onRealParts('contracts', [
        'test/testing/contract.test.ts',
        'test/plugins/*/contract.test.ts',
        'test/docker/contracts.docker.test.ts',
      ]),
      onRealParts('docker', ['test/docker/**/*.docker.test.ts']),
      onRealParts('parity', ['test/parity/**/*.parity.test.ts']),
      onRealParts('e2e-consul', onAnyState, { env: { OCTO_TEST_STATE: 'consul' }, fileParallelism: false }),
      onRealParts('consul', ['test/consul/**/*.consul.test.ts'], { fileParallelism: false }),
      {
        extends: true,
        test: { name: 'setup', include: ['test/setup/**/*.setup.test.ts'], fileParallelism: false },
      },
      onRealParts('git', ['test/git/**/*.git.test.ts']),
      onRealParts('faults', ['test/faults/**/*.fault.test.ts']),
    ],
  },
});
