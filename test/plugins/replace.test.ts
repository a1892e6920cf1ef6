/** Each built-in provider is replaced by another in the octohost.config.ts that is shipped, loaded as octohost loads it. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfigFile } from '../../cli/config-file.ts';
import {
  type Engine,
  isOctohostError,
  openEngine,
  type Plugin,
  parseSiteName,
  type ResolvedConfig,
  type RoleName,
  roleCounts,
} from '../../core/index.ts';
import { push } from '../helpers/world.ts';
import type { MemoryRoles } from '../testing.ts';

const shipped = readFileSync(new URL('../../octohost.config.ts', import.meta.url), 'utf8').replace(
  "// registryPublisher({ registry: 'registry.example.com' }),",
  "registryPublisher({ registry: 'registry.example.com' }),",
);

/** The lines of the shipped list that provide a role. */
const builtIn: Readonly<Record<RoleName, readonly string[]>> = {
  builder: ['dockerfileBuilder(),', 'imageBuilder(),'],
  runtime: ['dockerRuntime(),'],
  store: ['embeddedStore(),'],
  registrar: ['embeddedRegistrar(),'],
  router: ['nginxRouter(),'],
  publisher: ["registryPublisher({ registry: 'registry.example.com' }),"],
};
const roles = Object.keys(roleCounts) as RoleName[];

const head = `import { memoryPlugins, memoryRoles } from 'octohost/testing';
import { consul } from 'octohost/plugins/consul';
import { registryPublisher } from 'octohost/plugins/registry-publisher';
const others = memoryRoles();
const other = (role: string) => memoryPlugins(others).filter(({ name }) => name === \`memory-\${role}\`);
export const known = [consul, registryPublisher];
`;

/** The shipped configuration with lines of its list in place of others. */
function edited(changes: readonly { readonly out: readonly string[]; readonly put: string }[]): string {
  let text = shipped;
  for (const { out, put } of changes) {
    const [first = '', ...more] = out;
    for (const line of out) expect(text).toContain(`\n    ${line}\n`);
    text = text.replace(`\n    ${first}\n`, `\n    ${put}\n`);
    for (const line of more) text = text.replace(`\n    ${line}\n`, '\n');
  }
  return head + text;
}

const swapped = (...names: readonly RoleName[]) =>
  edited(names.map((role) => ({ out: builtIn[role], put: `...other('${role}'),` })));

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-replace-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function load(text: string): Promise<ResolvedConfig> {
  const file = join(dir, 'octohost.config.ts');
  await writeFile(file, text);
  return loadConfigFile(file);
}

interface Provided {
  readonly plugin: string;
  readonly role: RoleName;
  readonly provider: unknown;
}

/** The engine, and what each plugin provided to it. */
function open(config: ResolvedConfig): { engine: Engine; provided: readonly Provided[] } {
  const provided: Provided[] = [];
  const plugins = config.plugins.map(
    (plugin): Plugin => ({
      ...plugin,
      setup: (api) =>
        plugin.setup({
          ...api,
          provide(role, provider) {
            provided.push({ plugin: plugin.name, role, provider });
            api.provide(role, provider);
          },
        }),
    }),
  );
  const facts = { pid: process.pid, host: 'test', version: '1.0.0', cores: 2, isAlive: () => true };
  return {
    engine: openEngine({ config: { ...config, plugins }, environment: {}, process: facts }),
    provided,
  };
}

function refusal(config: ResolvedConfig): readonly string[] {
  try {
    open(config);
  } catch (error) {
    if (isOctohostError(error) && error.code === 'E_PLUGINS') return error.details;
    throw error;
  }
  return [];
}

const named = (provided: readonly Provided[]) =>
  Object.fromEntries(
    [...Map.groupBy(provided, ({ role }) => role)].map(([role, by]) => [
      role,
      by.map(({ plugin }) => plugin),
    ]),
  );

const shippedNames: Readonly<Record<RoleName, readonly string[]>> = {
  builder: ['dockerfile-builder', 'image-builder'],
  runtime: ['docker-runtime'],
  store: ['embedded-store'],
  registrar: ['embedded-registrar'],
  router: ['nginx-router'],
  publisher: ['registry-publisher'],
};

it('the shipped configuration has a provider of every role, which this test knows', async () => {
  expect(named(open(await load(edited([]))).provided)).toEqual(shippedNames);
});

describe.each(roles)('the role %s', (role) => {
  it('is taken by another provider in the place of the built-in one, and all others stay', async () => {
    const { provided } = open(await load(swapped(role)));
    expect(named(provided)).toEqual({ ...shippedNames, [role]: [`memory-${role}`] });
  });
});

const only = roles.filter((role) => roleCounts[role] !== 'at least one');
const needed = roles.filter((role) => roleCounts[role] !== 'at most one');

it.each(only)('two providers of the role %s are refused, with both named', async (role) => {
  const [line = ''] = builtIn[role];
  const config = await load(edited([{ out: [line], put: `${line} ...other('${role}'),` }]));
  const names = `${shippedNames[role][0]} and memory-${role}`;
  expect(refusal(config)).toEqual([`The role ${role} is provided by ${names}: keep one of them.`]);
});

it.each(needed)('no provider of the role %s is refused', async (role) => {
  const config = await load(edited([{ out: builtIn[role], put: '' }]));
  expect(refusal(config)).toEqual([`No plugin provides the role ${role}.`]);
});

it('one plugin takes two roles', async () => {
  const text = edited([
    {
      out: [...builtIn.store, ...builtIn.registrar],
      put: `consul({ address: 'http://127.0.0.1:8500' }),`,
    },
  ]);
  expect(named(open(await load(text)).provided)).toEqual({
    ...shippedNames,
    store: ['consul'],
    registrar: ['consul'],
  });
});

it('all are replaced at once: a push is live on the others alone', async () => {
  const { engine, provided } = open(await load(swapped(...roles)));
  const others = Object.fromEntries(
    provided.map(({ role, provider }) => [role, provider]),
  ) as unknown as MemoryRoles;
  const reporter = { deploy() {}, begin() {}, end() {}, output() {}, warn() {} };
  const { signal } = new AbortController();
  try {
    await engine.deploy([push(parseSiteName('app'))], { actor: 'me', signal, reporter });
    expect(await others.router.request('app.localhost')).toEqual({ status: 200, body: 'app release 1\n' });
    for (const role of roles) expect(others[role].calls, role).not.toEqual([]);
  } finally {
    await engine.close();
    await others.runtime.dispose();
  }
});
