/** The house: who may import whom, and what may stand at the top. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n');
const sources = files.filter((file) => file.endsWith('.ts'));

interface Import {
  readonly from: string;
  /** A path below the top, or a package's name. */
  readonly to: string;
}

const statement =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|(?:^|\n)\s*import\s*'([^']+)'/g;

const imports: Import[] = sources.flatMap((from) =>
  [...readFileSync(join(root, from), 'utf8').matchAll(statement)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    return { from, to: name.startsWith('.') ? normalize(join(dirname(from), name)) : name };
  }),
);

const room = (path: string) => path.split('/')[0];
const pluginOf = (path: string) => /^plugins\/([^/]+)\//.exec(path)?.[1];
const broken = (rule: (one: Import) => boolean) =>
  imports.filter(rule).map(({ from, to }) => `${from} → ${to}`);

describe('imports', () => {
  it('were found at all', () => {
    expect(imports).toContainEqual({ from: 'core/engine.ts', to: 'core/switch.ts' });
  });

  it('of core stay in core', () => {
    expect(
      broken(({ from, to }) => room(from) === 'core' && ['cli', 'plugins', 'test'].includes(room(to) ?? '')),
    ).toEqual([]);
  });

  it('of core know no Docker, no Consul, no nginx, no git', () => {
    const backends = ['dockerode', 'consul', 'simple-git', 'mustache', 'node:child_process', 'node:sqlite'];
    expect(broken(({ from, to }) => room(from) === 'core' && backends.includes(to))).toEqual([]);
  });

  it('of plugins are the public core, their own folder and plugins/shared', () => {
    const allowed = ({ from, to }: Import) =>
      !/^(core|plugins|cli|test)\//.test(to) ||
      to === 'core/index.ts' ||
      pluginOf(to) === pluginOf(from) ||
      pluginOf(to) === 'shared';
    expect(broken((one) => room(one.from) === 'plugins' && !allowed(one))).toEqual([]);
  });

  it('of plugins that are packages of their own are the public names and their own folder', () => {
    const packages = files.flatMap((file) => /^plugins\/([^/]+)\/package\.json$/.exec(file)?.[1] ?? []);
    expect(packages).not.toEqual([]);
    const dependencies = (name: string) => {
      const { dependencies: own = {}, peerDependencies: peers = {} } = JSON.parse(
        readFileSync(join(root, 'plugins', name, 'package.json'), 'utf8'),
      ) as Record<string, Record<string, string>>;
      return Object.keys({ ...own, ...peers });
    };
    const allowed = ({ to }: Import, name: string) =>
      pluginOf(to) === name ||
      to.startsWith('node:') ||
      dependencies(name).some((dependency) => to === dependency || to.startsWith(`${dependency}/`));
    const wrong = (one: Import) => {
      const name = pluginOf(one.from);
      return name !== undefined && packages.includes(name) && !allowed(one, name);
    };
    expect(broken(wrong)).toEqual([]);
  });

  it('of the command are its own and the public core', () => {
    expect(
      broken(
        ({ from, to }) => room(from) === 'cli' && /^(core|plugins|test)\//.test(to) && to !== 'core/index.ts',
      ),
    ).toEqual([]);
  });
});

describe('core', () => {
  it.each(['console.', 'process.exit', 'process.env'])('never uses %s', (word) => {
    const guilty = sources.filter(
      (file) => room(file) === 'core' && readFileSync(join(root, file), 'utf8').includes(word),
    );
    expect(guilty).toEqual([]);
  });
});

it('nothing stands at the top that nobody expects there', () => {
  const expected = [
    '.biome',
    '.ci',
    '.gitignore',
    '.npmrc',
    '.oxlintrc.json',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'biome.json',
    'cli',
    'core',
    'esbuild.config.ts',
    'octohost.config.ts',
    'package-lock.json',
    'package.json',
    'plugins',
    'test',
    'tsconfig.build.json',
    'tsconfig.json',
    'vitest.config.ts',
  ];
  const top = [...new Set(files.map((file) => room(file) ?? ''))];
  expect(top.filter((name) => !expected.includes(name))).toEqual([]);
});

it('of all packages only those that are allowed have a script that runs when they are installed', () => {
  const locked = lockedPackages();
  const scripted = Object.entries(locked).filter(
    ([path, { hasInstallScript }]) => path !== '' && hasInstallScript,
  );
  const names = scripted.map(([path]) => path.replace(/^.*node_modules\//, ''));
  const rules = json('package.json')['allowScripts'] as Record<string, boolean>;
  expect(names.filter((name) => !Object.hasOwn(rules, name))).toEqual([]);
  // Node itself is unpacked by one; nothing else needs any.
  expect(Object.keys(rules).filter((name) => rules[name])).toEqual(['node']);
});

it('no installed package has such a script that the lock file does not tell', () => {
  const silent = Object.entries(lockedPackages()).filter(
    ([path, { hasInstallScript }]) => path !== '' && !hasInstallScript && existsSync(join(root, path)),
  );
  expect(silent.length).toBeGreaterThan(100);
  const guilty = silent.filter(([path]) => {
    const { scripts = {} } = json(`${path}/package.json`) as { scripts?: Record<string, string> };
    const runs = ['preinstall', 'install', 'postinstall'].some((name) => Object.hasOwn(scripts, name));
    // npm builds what has this file, without being told.
    return runs || existsSync(join(root, path, 'binding.gyp'));
  });
  expect(guilty.map(([path]) => path)).toEqual([]);
});

it('every locked package has a hash of its content, but tools for other platforms, which no release has', () => {
  const open = Object.entries(lockedPackages()).filter(([path, { integrity }]) => path !== '' && !integrity);
  const others = open.filter(([, { dev, optional, os }]) => dev && optional && os);
  expect(open.map(([path]) => path)).toEqual(others.map(([path]) => path));
  const hashed = Object.values(lockedPackages()).flatMap(({ integrity }) => integrity ?? []);
  expect(hashed.filter((integrity) => !/^sha512-[\w+/]{86}==$/.test(integrity))).toEqual([]);
});

it('the locked packages are those that package.json asks for, from no address of their own', () => {
  const { '': own, ...locked } = lockedPackages();
  for (const kind of ['dependencies', 'devDependencies', 'peerDependencies'] as const) {
    expect(own?.[kind]).toEqual(json('package.json')[kind]);
    for (const name of Object.keys(own?.[kind] ?? {}))
      expect(locked).toHaveProperty([`node_modules/${name}`]);
  }
  expect(Object.entries(locked).filter(([, { resolved, link }]) => resolved || link)).toEqual([]);
});

interface LockedPackage {
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly dependencies?: object;
  readonly devDependencies?: object;
  readonly peerDependencies?: object;
}

function lockedPackages(): Record<string, LockedPackage> {
  return json('package-lock.json')['packages'] as Record<string, LockedPackage>;
}

function json(file: string): Record<string, object> {
  return JSON.parse(readFileSync(join(root, file), 'utf8'));
}
