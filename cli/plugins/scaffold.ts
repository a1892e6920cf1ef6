/** The files of a new plugin package: typed, with a test that is green as it stands. Pure. */

export interface ScaffoldFacts {
  /** Lower-case words joined by `-`: the plugin's name, and that of its package behind `octohost-`. */
  readonly name: string;
  /** The role that it provides; absent: it taps a hook. */
  readonly role?: 'registrar';
  /** Of octohost's package, and of its API. */
  readonly version: string;
  readonly api: string;
  /** Versions of the tools. */
  readonly tools: Readonly<Record<'typescript' | 'vitest' | '@types/node', string>>;
}

/** By path below the new folder. */
export function scaffold(facts: ScaffoldFacts): Record<string, string> {
  const code = facts.role === undefined ? tapFiles(facts) : registrarFiles(facts);
  return { ...packageFiles(facts), ...code };
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

function packageFiles({ name, version, tools }: ScaffoldFacts): Record<string, string> {
  return {
    'package.json': json({
      name: `octohost-${name}`,
      version: '0.1.0',
      type: 'module',
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      files: ['dist'],
      scripts: {
        build: 'tsc -p tsconfig.build.json',
        check: 'tsc',
        test: 'vitest run',
        prepack: 'npm run build',
      },
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
        rewriteRelativeImportExtensions: true,
        skipLibCheck: true,
        noEmit: true,
      },
      include: ['src', 'test'],
    }),
    'tsconfig.build.json': json({
      extends: './tsconfig.json',
      compilerOptions: { noEmit: false, declaration: true, rootDir: 'src', outDir: 'dist' },
      include: ['src'],
    }),
    '.gitignore': 'node_modules\ndist\n',
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
import { memoryPlugins, memoryRoles, memoryTree } from 'octohost/testing';
import { expect, it } from 'vitest';
import create from '../src/index.ts';

it('tells the pusher where the site answers', async () => {
  const { publisher: _, ...roles } = memoryRoles();
  const plugins = [...memoryPlugins({ ...roles, publisher: false }), create()];
  const config = resolveConfig({ plugins, domainSuffix: 'example.com' }, '/nowhere/octohost.config.ts');
  const facts = { pid: process.pid, host: 'test', version: '1.0.0', cores: 1, isAlive: () => true };
  const engine = openEngine({ config, environment: {}, process: facts });
  const lines: string[] = [];
  const output = (_site: string, line: string) => void lines.push(line);
  const reporter = { deploy() {}, begin() {}, end() {}, warn: output, output };
  const site = parseSiteName('app');
  const tree = memoryTree({ Dockerfile: 'FROM scratch\\nEXPOSE 8080\\n' });
  const push = { site, source: { kind: 'tree', tree } } as const;
  await engine.deploy([push], { actor: 'me', signal: new AbortController().signal, reporter });
  expect(lines).toContain('live at http://app.example.com');
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
