/**
 * Builds `dist`: the same files that the sources are, each an entry of its own, what they share in chunks beside them.
 * One module graph, so that a config file, its plugins and the command have one core. `npm run build`; the set-up runs
 * it too, because a command that reads ten files instead of four hundred starts in half the time. The same modules, once
 * they are loaded, are kept as startup snapshots, Node's heap: a command starts from `dist/octo.blob`, a push from
 * `dist/door.blob`, and loads none.
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
 * Of dockerode, what most commands never use is read when it is first called: BuildKit's session brings gRPC, its progress
 * protobuf, and both a file that they find beside themselves; ssh is no way to an engine here; https takes longer to load
 * than all else of Node together, and most engines are behind a socket. Of the session and of ssh, each exports one
 * function; progress is asked for when it is called; of https one function is used.
 */
const whenCalled: Plugin = {
  name: 'when-called',
  setup(building) {
    building.onLoad(
      { filter: /\/node_modules\/(?:dockerode\/lib\/(?:session|buildkit)|docker-modem\/lib\/ssh)\.js$/ },
      ({ path }) => {
        const name = path.slice(path.lastIndexOf('/node_modules/') + '/node_modules/'.length);
        const real = `require('node:module').createRequire(require.resolve('dockerode'))('${name}')`;
        const whole = name.endsWith('buildkit.js');
        return { contents: `module.exports = ${whole ? real : `(...words) => ${real}(...words)`};` };
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

const snapshotOptions: BuildOptions = {
  ...common,
  format: 'cjs',
  // Its text is part of the startup snapshot.
  minifyWhitespace: true,
  lineLimit: 200,
  external: [...external, 'mysql2', 'mysql2/promise', 'nodemailer'],
  logOverride: { 'require-resolve-not-external': 'silent' },
  define: { 'import.meta.filename': '__filename', 'import.meta.main': 'false' },
};

/** @param loaded what the sources load when it is needed @param held what imports of its file get */
function programText(loaded: readonly string[], held: readonly string[]): BuildOptions {
  return textOf([
    "import { takeStartupSnapshot } from './cli/startup-snapshot.ts';",
    ...loaded.map((module) => `import '${module}';`),
    'takeStartupSnapshot({',
    ...held.map((file) => `'${file.replace(/\.ts$/, '')}': () => require('./${file}'),`),
    '});',
  ]);
}

function textOf(lines: readonly string[]): BuildOptions {
  return { stdin: { contents: lines.join('\n'), resolveDir: import.meta.dirname } };
}

/** @param packages the text of those that the program asks for; left out: it has them in its own text */
function takeSnapshot(name: string, program: string, ...packages: readonly string[]): void {
  const words = [
    `dist/${name}.blob`,
    '--build-snapshot',
    'cli/bin/startup-snapshot.cjs',
    program,
    ...packages,
  ];
  const env = { FORCE_COLOR: '1', NODE_NO_WARNINGS: '1' };
  execFileSync(process.execPath, ['--snapshot-blob', ...words], { stdio: 'inherit', env });
}

const extended = entryPoints.filter((file) => /^(?:core|plugins)\//.test(file));
const commands = entryPoints.filter((file) => file.startsWith('cli/commands/'));
const forBuilds = ['dockerode', './plugins/dockerfile-builder/build.ts'];

await build({
  ...snapshotOptions,
  ...programText(
    [...forBuilds, './cli/start.ts', './cli/door/serve.ts', './cli/door/remote.ts'],
    [...extended, ...commands],
  ),
  outfile: 'dist/octo.cjs',
  plugins: [whenCalled, builtinsWhenUsed],
});
takeSnapshot('octo', 'dist/octo.cjs');

/** Packages that a program asks for by `require`, so that they can be another text. */
const packages = new Set<string>();

/** Those of CommonJS, which come whole; of the others a program has only what it uses. */
const packagesApart: Plugin = {
  name: 'packages-apart',
  setup(building) {
    building.onResolve({ filter: /^[^./]/ }, async ({ path, namespace }) => {
      if (namespace === 'package') return { path, external: true };
      if (isBuiltin(path) || path.startsWith('octohost') || snapshotOptions.external?.includes(path))
        return undefined;
      if (!('module.exports' in ((await import(path)) as object))) return undefined;
      packages.add(path);
      return { path, namespace: 'package' };
    });
    building.onLoad({ filter: /.*/, namespace: 'package' }, ({ path }) => ({
      contents: `module.exports = require('${path}');`,
    }));
  },
};

// What git asks the door for is waited for most: it has no command in it, and all functions of ours are compiled.
await build({
  ...snapshotOptions,
  ...programText(
    [...forBuilds, './cli/door/serve.ts', './cli/door/receive.ts', './core/yaml-text.ts'],
    extended,
  ),
  outfile: 'dist/door.cjs',
  plugins: [packagesApart, builtinsWhenUsed],
});
await build({
  ...snapshotOptions,
  ...textOf([
    'module.exports = {',
    ...[...packages].map((name) => `'${name}': () => require('${name}'),`),
    '};',
  ]),
  outfile: 'dist/packages.cjs',
  plugins: [whenCalled, builtinsWhenUsed],
});
takeSnapshot('door', 'dist/door.cjs', 'dist/packages.cjs');

// A source that is changed while this runs is newer than what was built.
writeFileSync('dist/.built', '');
utimesSync('dist/.built', began, began);
