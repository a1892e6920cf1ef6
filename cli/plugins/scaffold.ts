/** The files of a new plugin package: typed, with a test that is green as it stands. Pure. */
import type { RoleName } from '../../core/index.ts';
import { roleFiles } from './scaffold-roles.ts';

export interface ScaffoldFacts {
  /** Lower-case words joined by `-`: the plugin's name, and that of its package behind `octohost-`. */
  readonly name: string;
  /** The role that it provides; absent: it taps a hook. */
  readonly role?: RoleName;
  /** Of octohost's package, and of its API. */
  readonly version: string;
  readonly api: string;
  /** Versions of the tools. */
  readonly tools: Readonly<Record<'typescript' | 'vitest' | '@types/node', string>>;
}

/** By path below the new folder. */
export function scaffold(facts: ScaffoldFacts): Record<string, string> {
  return { ...packageFiles(facts), ...codeFiles(facts) };
}

function codeFiles(facts: ScaffoldFacts): Record<string, string> {
  const { role } = facts;
  if (role === undefined) return tapFiles(facts);
  return role === 'registrar' ? registrarFiles(facts) : roleFiles(role, facts);
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function packageFiles({ name, version, tools }: ScaffoldFacts): Record<string, string> {
  return {
    'package.json': json({
      name: `octohost-${name}`,
      version: '0.1.0',
      type: 'module',
      // octohost runs the sources as they are: there is nothing to build.
      exports: './src/index.ts',
      files: ['src'],
      scripts: { check: 'tsc', test: 'vitest run' },
      peerDependencies: { octohost: `^${version}` },
      devDependencies: { octohost: `^${version}`, ...tools },
    }),
    'tsconfig.json': json({
      compilerOptions: {
        target: 'es2025',
        lib: ['es2025', 'esnext.disposable'],
        module: 'nodenext',
        types: ['node'],
        strict: true,
        exactOptionalPropertyTypes: true,
        verbatimModuleSyntax: true,
        erasableSyntaxOnly: true,
        allowImportingTsExtensions: true,
        skipLibCheck: true,
        noEmit: true,
      },
      include: ['src', 'test'],
    }),
    '.gitignore': 'node_modules\n',
  };
}

function tapFiles({ name, api }: ScaffoldFacts): Record<string, string> {
  return {
    'src/index.ts': `import { definePlugin } from 'octohost';

/** Tells the pusher where the site answers. */
export default function create() {
  return definePlugin({
    name: '${name}',
    api: '^${api}',
    setup({ hooks }) {
      hooks.routed.tap('tell', ({ urls }, { output }) => {
        for (const url of urls) output(\`live at \${url}\`);
      });
    },
  });
}
`,
    'test/index.test.ts': `import { openEngine, parseSiteName, resolveConfig } from 'octohost';
import { memoryPlugins, memoryRoles, memoryTree, testOperation, testProcess } from 'octohost/testing';
import { expect, it } from 'vitest';
import create from '../src/index.ts';

it('tells the pusher where the site answers', async () => {
  const { publisher: _, ...roles } = memoryRoles();
  const plugins = [...memoryPlugins({ ...roles, publisher: false }), create()];
  const config = resolveConfig({ plugins, domainSuffix: 'example.com' }, '/nowhere/octohost.config.ts');
  const engine = openEngine({ config, environment: {}, process: testProcess });
  const operation = testOperation();
  const site = parseSiteName('app');
  const tree = memoryTree({ Dockerfile: 'FROM scratch\\nEXPOSE 8080\\n' });
  const push = { site, source: { kind: 'tree', tree } } as const;
  await engine.deploy([push], operation);
  expect(operation.told).toContain('live at http://app.example.com');
  await engine.close();
  await roles.runtime.dispose();
});
`,
  };
}

function registrarFiles({ name, api }: ScaffoldFacts): Record<string, string> {
  return {
    'src/index.ts': `import { definePlugin } from 'octohost';
import { createRegistrar } from './registrar.ts';

export default function create() {
  return definePlugin({
    name: '${name}',
    api: '^${api}',
    setup({ provide, role }) {
      provide('registrar', createRegistrar(() => role('store')));
    },
  });
}
`,
    'src/registrar.ts': `import type { CatalogEntry, Registrar, Service, Store } from 'octohost';

const prefix = '${name}/';

/** Keeps the catalog in the role store: replace it, method by method, by what writes to yours. */
export function createRegistrar(store: () => Store): Registrar {
  const keyOf = (id: string) => \`\${prefix}\${id}\`;
  return {
    async register(service) {
      const key = keyOf(service.id);
      const value = JSON.stringify(service);
      // Whoever watches is woken by changes alone.
      if ((await store().get(key))?.value === value) return;
      await store().transact([{ kind: 'set', key, value }]);
    },
    async deregister(id) {
      await store().transact([{ kind: 'delete', key: keyOf(id) }]);
    },
    async list(site) {
      const entries = await store().list(prefix);
      return entries
        .map(({ value }): CatalogEntry => ({ ...(JSON.parse(value) as Service), health: 'unknown' }))
        .filter((entry) => site === undefined || entry.site === site);
    },
    unusable: async () => [],
    watch: (signal) => store().watch(prefix, signal),
  };
}
`,
    'test/registrar.test.ts': `import { memoryStore, registrarContract } from 'octohost/testing';
import { createRegistrar } from '../src/registrar.ts';

registrarContract('${name}', async () => {
  const store = memoryStore();
  return { registrar: createRegistrar(() => store), dispose: () => store.close() };
});
`,
  };
}
