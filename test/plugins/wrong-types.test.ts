/** Plugins that are wrong do not compile, and the compiler says where and why. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodeFolder, codeFolder } from '../helpers/code-blocks.ts';

interface WrongPlugin {
  /** After "a plugin that": `taps a hook that does not exist`. */
  readonly does: string;
  readonly code: string;
  /** The compiler's code, and a part of what it says. */
  readonly error: readonly [code: string, words: string];
}

const tap = (line: string) => `import { definePlugin } from 'octohost';
export default definePlugin({ name: 'wrong', setup({ hooks }) {
  ${line}
} });`;

const provider = (role: string, members: string) => `import { definePlugin } from 'octohost';
export default definePlugin({ name: 'wrong', setup({ provide }) {
  provide('${role}', { ${members} });
} });`;

const configuration = (options: string) => `import { defineConfig } from 'octohost';
import { dockerRuntime } from 'octohost/plugins/docker-runtime';
import { nginxRouter } from 'octohost/plugins/nginx-router';
import { registryPublisher } from 'octohost/plugins/registry-publisher';
export const factories = [dockerRuntime, nginxRouter, registryPublisher];
export default defineConfig({ ${options} });`;

const wrong: readonly WrongPlugin[] = [
  {
    does: 'taps a hook that does not exist',
    code: tap(`hooks.deployed.tap('x', () => {});`),
    error: ['TS2339', "Property 'deployed' does not exist on type 'PluginHooks'"],
  },
  {
    does: 'mistypes a hook',
    code: tap(`hooks.modifyRoutes.tap('x', () => {});`),
    error: ['TS2551', "Did you mean 'modifyRoute'?"],
  },
  {
    does: 'taps without a name',
    code: tap(`hooks.routed.tap(() => {});`),
    error: ['TS2554', 'Expected 2-3 arguments, but got 1'],
  },
  {
    does: 'gives back another type from a modifier',
    code: tap(`hooks.modifyRoute.tap('x', (route) => route.domains);`),
    error: ['TS2322', "Type 'readonly Domain[]' is not assignable to type"],
  },
  {
    does: 'gives back a value without all of it',
    code: tap(`hooks.modifySpec.tap('x', ({ site, environment }) => ({ site, environment }));`),
    error: ['TS2322', 'missing the following properties from type'],
  },
  {
    does: 'reads a fact that a hook does not tell',
    code: tap(`hooks.received.tap('x', (fact) => { fact.release; });`),
    error: ['TS2339', "Property 'release' does not exist on type 'Received'"],
  },
  {
    does: 'changes a fact',
    code: tap(`hooks.routed.tap('x', (fact) => { fact.actor = 'somebody'; });`),
    error: ['TS2540', "Cannot assign to 'actor' because it is a read-only property"],
  },
  {
    does: 'adds to a list of a fact',
    code: tap(`hooks.routed.tap('x', ({ urls }) => { urls.push('http://x'); });`),
    error: ['TS2339', "Property 'push' does not exist on type 'readonly string[]'"],
  },
  {
    does: 'writes into the environment of a spec instead of giving back another one',
    code: tap(`hooks.modifySpec.tap('x', (spec) => { spec.environment['TZ'] = 'UTC'; });`),
    error: ['TS2542', "Index signature in type 'Readonly<Record<string, string>>' only permits reading"],
  },
  {
    does: 'gives a time that is no number',
    code: tap(`hooks.routed.tap('x', () => {}, { timeoutSeconds: '5s' });`),
    error: ['TS2322', "Type 'string' is not assignable to type 'number'"],
  },
  {
    does: 'gives an option that a tap does not have',
    code: tap(`hooks.routed.tap('x', () => {}, { timeout: 5 });`),
    error: ['TS2353', "'timeout' does not exist in type 'TapOptions'"],
  },
  {
    does: 'asks of the context what it does not have',
    code: tap(`hooks.routed.tap('x', (_, { log }) => log('x'));`),
    error: ['TS2339', "Property 'log' does not exist on type 'TapContext'"],
  },
  {
    does: 'has no setup',
    code: `import { definePlugin } from 'octohost';
export default definePlugin({ name: 'wrong' });`,
    error: ['TS2741', "Property 'setup' is missing"],
  },
  {
    does: 'has no name',
    code: `import { definePlugin } from 'octohost';
export default definePlugin({ setup() {} });`,
    error: ['TS2741', "Property 'name' is missing"],
  },
  {
    does: 'gives the API as a number',
    code: `import { definePlugin } from 'octohost';
export default definePlugin({ name: 'wrong', api: 1, setup() {} });`,
    error: ['TS2322', "Type 'number' is not assignable to type 'string'"],
  },
  {
    does: 'has a key that a plugin does not have',
    code: `import { definePlugin } from 'octohost';
export default definePlugin({ name: 'wrong', author: 'me', setup() {} });`,
    error: ['TS2353', "'author' does not exist in type 'Plugin<unknown>'"],
  },
  {
    does: 'provides what is no role',
    code: provider('proxy', ''),
    error: ['TS2345', `Argument of type '"proxy"' is not assignable to parameter of type 'keyof Roles'`],
  },
  {
    does: 'provides a registrar that lacks a method',
    code: provider(
      'registrar',
      `async register() {}, async deregister() {}, async list() { return []; }, async *watch() {}`,
    ),
    error: ['TS2741', "Property 'unusable' is missing"],
  },
  {
    does: 'provides a store whose transactions say nothing',
    code: provider(
      'store',
      `async get() { return undefined; }, async list() { return []; }, async unusable() { return []; },
    async transact() {}, async *watch() {}, async close() {}`,
    ),
    error: ['TS2322', "is not assignable to type 'Promise<TransactionResult>'"],
  },
  {
    does: 'provides a publisher that takes something else',
    code: provider('publisher', `publish: async (image: number) => String(image), pull: async () => ''`),
    error: ['TS2322', "Type 'Release' is not assignable to type 'number'"],
  },
  {
    does: 'provides another role than it says',
    code: `import { definePlugin, type Router } from 'octohost';
export const wrong = (router: Router) =>
  definePlugin({ name: 'wrong', setup: ({ provide }) => provide('runtime', router) });`,
    error: ['TS2740', "Type 'Router' is missing the following properties from type 'Runtime'"],
  },
  {
    does: 'asks for the provider of a role that may have several',
    code: `import { definePlugin } from 'octohost';
export default definePlugin({ name: 'wrong', setup({ role }) { role('builder'); } });`,
    error: ['TS2345', `'"builder"' is not assignable to parameter of type 'OnlyProvider'`],
  },
  {
    does: 'is given an option of the wrong type',
    code: configuration(`plugins: [nginxRouter({ templates: 7 })]`),
    error: ['TS2322', "Type 'number' is not assignable to type 'string'"],
  },
  {
    does: 'is given an option that it does not have',
    code: configuration(`plugins: [dockerRuntime({ socket: '/run/docker.sock' })]`),
    error: ['TS2353', "'socket' does not exist in type 'DockerRuntimeOptions'"],
  },
  {
    does: 'is not given what it needs',
    code: configuration(`plugins: [registryPublisher()]`),
    error: ['TS2554', 'Expected 1 arguments, but got 0'],
  },
  {
    does: 'stands in the list without being called',
    code: configuration(`plugins: [dockerRuntime]`),
    error: [
      'TS2322',
      "Type '(options?: DockerRuntimeOptions) => Plugin<unknown>' is not assignable to type 'Plugin<unknown>'",
    ],
  },
  {
    does: 'has a command without what it runs',
    code: `import { definePlugin } from 'octohost';
export default definePlugin({ name: 'wrong', setup() {}, commands: [{ name: 'wrong:do', summary: 'Does.' }] });`,
    error: ['TS2741', "Property 'run' is missing"],
  },
];

let code: CodeFolder;
let errors: readonly string[] = [];
beforeAll(async () => {
  code = await codeFolder(wrong.map((plugin) => plugin.code));
  errors = joined(await code.compile());
});
afterAll(() => code.dispose());

/** One text for each error: what explains it is on lines of its own. */
function joined(lines: readonly string[]): string[] {
  const all: string[] = [];
  for (const line of lines) {
    if (/^\S/.test(line)) all.push(line);
    else all.push(`${all.pop() ?? ''} ${line.trim()}`);
  }
  return all;
}

describe('the compiler refuses a plugin that', () => {
  it.each(wrong.map((plugin, index) => ({ ...plugin, index })))(
    '$does',
    ({ error: [number, words], index }) => {
      const own = errors.filter((line) => line.startsWith(`${index}.ts(`));
      expect(own).toEqual([expect.stringContaining(`error ${number}: `)]);
      expect(own[0]).toContain(words);
    },
  );

  it('is one of these, and nothing else is wrong', () => {
    expect(errors).toHaveLength(wrong.length);
    expect(new Set(wrong.map(({ code: text }) => text)).size).toBe(wrong.length);
  });
});
