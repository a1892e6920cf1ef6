/**
 * Builds `dist`: the same files that the sources are, each an entry of its own, what they share in chunks beside them.
 * One module graph, so that a config file, its plugins and the command have one core. `npm run build`; the set-up runs
 * it too, because a command that reads ten files instead of four hundred starts in half the time. The same modules, once
 * they are loaded, are kept as a startup snapshot, Node's heap in `dist/octo.blob`: a command that starts from it loads none.
 */
import { execFileSync } from 'node:child_process';
import { globSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const entryPoints = [
  'core/index.ts',
  'octohost.config.ts',
  'test/testing.ts',
  ...globSync('plugins/*/index.ts'),
  'cli/bin/main.ts',
  'cli/start.ts',
  'cli/door/serve.ts',
  ...globSync('cli/commands/**/*.ts'),
];

/**
 * Of dockerode, what most commands never use is read when it is first called: BuildKit's session brings gRPC, and a file
 * that it finds beside itself; ssh is no way to an engine here; https takes longer to load than all else of Node together,
 * and most engines are behind a socket. Of the first two, each exports one function; of https one is used.
 */
const whenCalled: Plugin = {
  name: 'when-called',
  setup(building) {
    building.onLoad(
      { filter: /\/node_modules\/(?:dockerode\/lib\/session|docker-modem\/lib\/ssh)\.js$/ },
      ({ path }) => {
        const name = path.slice(path.lastIndexOf('/node_modules/') + '/node_modules/'.length);
        const real = `require('node:module').createRequire(require.resolve('dockerode'))('${name}')`;
        return { contents: `module.exports = (...words) => ${real}(...words);` };
      },
    );
    building.onResolve({ filter: /^https$/ }, ({ importer }) =>
      importer.endsWith('/node_modules/docker-modem/lib/http.js')
        ? { path: 'https', namespace: 'when-called' }
        : undefined,
    );
    building.onLoad({ filter: /^https$/, namespace: 'when-called' }, () => ({
      contents: `module.exports = { request: (...words) => require('node:https').request(...words) };`,
    }));
  },
};

/** What can be part of a startup snapshot; of the others only the names are, and each is loaded when it is first used. */
const inSnapshots =
  /^(?:node:)?(?:assert|async_hooks|buffer|console|constants|crypto|events|fs|fs\/promises|os|path|process|querystring|stream|string_decoder|timers|timers\/promises|url|util|util\/types|v8)$/;

const builtinsWhenUsed: Plugin = {
  name: 'builtins-when-used',
  setup(building) {
    building.onResolve({ filter: /^[a-z:_/0-9]+$/ }, ({ path }) =>
      isBuiltin(path) && !inSnapshots.test(path) ? { path, namespace: 'builtin' } : undefined,
    );
    building.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const names = Object.keys(process.getBuiltinModule(path) as object);
      return {
        contents: `for (const name of ${JSON.stringify(names)})
          Object.defineProperty(exports, name, { enumerable: true, get: () => process.getBuiltinModule('${path}')[name] });`,
      };
    });
  },
};

const began = new Date();
rmSync('dist', { recursive: true, force: true });

// cosmiconfig would take TypeScript's compiler for files of a kind that it is never asked for; vitest is the tests' own.
const external = ['typescript', 'vitest'];
const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  logLevel: 'warning',
};

await build({
  ...common,
  entryPoints,
  outbase: '.',
  outdir: 'dist',
  splitting: true,
  format: 'esm',
  external: [...external, 'octohost', 'octohost/*'],
  plugins: [whenCalled],
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
});

/** What the sources load when it is needed, and every push needs. */
const pushed = [
  'dockerode',
  './cli/start.ts',
  './cli/door/serve.ts',
  './cli/door/receive.ts',
  './cli/door/remote.ts',
  './core/yaml-text.ts',
  './plugins/dockerfile-builder/build.ts',
];
const held = entryPoints.filter((file) => /^(?:core|plugins|cli\/commands)\//.test(file));
await build({
  ...common,
  stdin: {
    contents: [
      "import { takeStartupSnapshot } from './cli/startup-snapshot.ts';",
      ...pushed.map((module) => `import '${module}';`),
      'takeStartupSnapshot({',
      ...held.map((file) => `'${file.replace(/\.ts$/, '')}': () => require('./${file}'),`),
      '});',
    ].join('\n'),
    resolveDir: import.meta.dirname,
  },
  outfile: 'dist/octo.cjs',
  format: 'cjs',
  // Its text is part of the startup snapshot.
  minifyWhitespace: true,
  lineLimit: 200,
  external: [...external, 'mysql2', 'mysql2/promise', 'nodemailer'],
  plugins: [whenCalled, builtinsWhenUsed],
  logOverride: { 'require-resolve-not-external': 'silent' },
  define: { 'import.meta.filename': '__filename', 'import.meta.main': 'false' },
});
const words = [
  '--snapshot-blob',
  'dist/octo.blob',
  '--build-snapshot',
  'cli/bin/startup-snapshot.cjs',
  'dist/octo.cjs',
];
execFileSync(process.execPath, words, { stdio: 'inherit', env: { FORCE_COLOR: '1', NODE_NO_WARNINGS: '1' } });

// A source that is changed while this runs is newer than what was built.
writeFileSync('dist/.built', '');
utimesSync('dist/.built', began, began);
