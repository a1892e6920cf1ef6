/**
 * Builds `dist`: the same files that the sources are, each an entry of its own, what they share in chunks beside them.
 * One module graph, so that a config file, its plugins and the command have one core. `npm run build`; the set-up runs
 * it too, because a command that reads ten files instead of four hundred starts in half the time.
 */
import { globSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { build, type Plugin } from 'esbuild';

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

const began = new Date();
rmSync('dist', { recursive: true, force: true });

await build({
  entryPoints,
  outbase: '.',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // cosmiconfig would take TypeScript's compiler for files of a kind that it is never asked for; vitest is the tests' own.
  external: ['typescript', 'vitest', 'octohost', 'octohost/*'],
  plugins: [whenCalled],
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});

// A source that is changed while this runs is newer than what was built.
writeFileSync('dist/.built', '');
utimesSync('dist/.built', began, began);
