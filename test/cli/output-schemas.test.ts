/** What commands really print with `--json` is what is published. `npx vitest -u` writes the file anew. */
import { globSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, expectTypeOf, it } from 'vitest';
import type * as z from 'zod/mini';
import type Backup from '../../cli/commands/backup.ts';
import type Cancel from '../../cli/commands/cancel.ts';
import type DevDemo from '../../cli/commands/dev/demo.ts';
import type DevDown from '../../cli/commands/dev/down.ts';
import type DevUp from '../../cli/commands/dev/up.ts';
import type Migrate from '../../cli/commands/migrate.ts';
import type MoveConfig from '../../cli/commands/move/config.ts';
import type MoveSites from '../../cli/commands/move/sites.ts';
import type PluginsAdd from '../../cli/commands/plugins/add.ts';
import type PluginsCreate from '../../cli/commands/plugins/create.ts';
import type PluginsRemove from '../../cli/commands/plugins/remove.ts';
import type PluginsTry from '../../cli/commands/plugins/try.ts';
import type Restart from '../../cli/commands/restart.ts';
import type Restore from '../../cli/commands/restore.ts';
import type SecretsRotate from '../../cli/commands/secrets/rotate.ts';
import type Setup from '../../cli/commands/setup.ts';
import type StoreCopy from '../../cli/commands/store/copy.ts';
import type Unlock from '../../cli/commands/unlock.ts';
import type Update from '../../cli/commands/update.ts';
import { outputJsonSchema, outputSchemas } from '../../cli/output-schemas.ts';
import { commandsFolder } from '../../cli/program.ts';
import { agentAtWork, startAgent } from '../helpers/agent.ts';
import { memoryPublisher } from '../testing/memory-publisher.ts';
import { type CommandLine, commandLine } from './command-line.ts';
import { type Sample, sample } from './sample.ts';

const root = join(import.meta.dirname, '..', '..');
let line: CommandLine;
let site: Sample;
beforeAll(async () => {
  site = await sample();
  line = commandLine({ publisher: memoryPublisher(), authorizedKeys: `${site.folder}.keys` });
  await line.octo('deploy', 'app', site.folder);
  await line.octo('deploy', 'down', site.folder);
  await line.octo('config:set', 'bare/A', '1');
  const [one] = await line.roles.runtime.list('down' as never);
  await line.roles.runtime.kill(one as never);
  line.roles.runtime.print((await line.roles.runtime.list('app' as never))[0] as never, 'hello');
  line.roles.registrar.registerForeign('app', { name: 'other', problem: 'is not ours' });
  await line.roles.store.transact([{ kind: 'set', key: 'octohost-state/sites/broken', value: 'nonsense' }]);
  const engine = line.engine();
  const agent = startAgent({ engine, roles: line.roles } as never);
  await agentAtWork({ roles: line.roles } as never);
  await agent.stop();
  await engine.close();
});
afterAll(async () => {
  await line.dispose();
  await site.dispose();
  await rm(`${site.folder}.keys`);
});

const key = `ssh-ed25519 ${Buffer.from(`\0\0\0\x0bssh-ed25519\0\0\0 ${'k'.repeat(32)}`, 'latin1').toString('base64')} ann`;

/** In this order: one makes what another shows. */
const shown: readonly {
  readonly schema: keyof typeof outputSchemas;
  readonly words: readonly string[];
  readonly stdin?: string;
}[] = [
  { schema: 'sites', words: ['sites'] },
  { schema: 'status', words: ['status'] },
  { schema: 'status <site>', words: ['status', 'app'] },
  { schema: 'status <site>', words: ['status', 'bare'] },
  { schema: 'ps', words: ['ps'] },
  { schema: 'logs', words: ['logs', 'app'] },
  { schema: 'logs --deploy', words: ['logs', 'app', '--deploy'] },
  { schema: 'events', words: ['events'] },
  { schema: 'explain', words: ['explain', 'app'] },
  { schema: 'doctor', words: ['doctor'] },
  { schema: 'doctor', words: ['doctor', '--fix'] },
  { schema: 'converge', words: ['converge'] },
  { schema: 'deploy', words: ['deploy', 'app', 'FOLDER'] },
  { schema: 'deploy --dry-run', words: ['deploy', 'app', 'FOLDER', '--dry-run'] },
  { schema: 'plan', words: ['plan', 'new', 'FOLDER'] },
  { schema: 'deploys', words: ['deploys', 'app'] },
  { schema: 'attach', words: ['attach', 'app'] },
  { schema: 'trace', words: ['trace', 'app'] },
  { schema: 'releases', words: ['releases', 'app'] },
  { schema: 'releases:diff', words: ['releases:diff', 'app', '1', '2'] },
  { schema: 'push', words: ['push', 'app'] },
  { schema: 'pull', words: ['pull', 'app'] },
  { schema: 'clean', words: ['clean', 'app', '--dry-run'] },
  { schema: 'retire:finish', words: ['retire:finish', 'app'] },
  { schema: 'scale', words: ['scale', 'app', '2'] },
  { schema: 'scale', words: ['scale', 'bare', '2'] },
  { schema: 'reload', words: ['reload', 'app'] },
  { schema: 'rollback', words: ['rollback', 'app'] },
  { schema: 'clone', words: ['clone', 'app', 'twin'] },
  { schema: 'stop', words: ['stop', 'twin'] },
  { schema: 'start', words: ['start', 'twin'] },
  { schema: 'remove', words: ['remove', 'twin', '--yes'] },
  { schema: 'maintenance:on', words: ['maintenance:on', 'app'] },
  { schema: 'maintenance:off', words: ['maintenance:off', 'app'] },
  { schema: 'run', words: ['run', 'app', '--', 'true'] },
  { schema: 'exec', words: ['exec', 'app', '--', 'true'] },
  { schema: 'config:set', words: ['config:set', 'app/A', 'b'] },
  { schema: 'config:import', words: ['config:import', 'bare'], stdin: 'B=c\n' },
  { schema: 'config', words: ['config', 'app'] },
  { schema: 'config:get', words: ['config:get', 'app/A'] },
  { schema: 'config:env', words: ['config:env', 'app'] },
  { schema: 'config:export', words: ['config:export', 'app'] },
  { schema: 'config:check', words: ['config:check', 'app'] },
  { schema: 'config:rm', words: ['config:rm', 'app/A'] },
  { schema: 'domains:add', words: ['domains:add', 'app', 'a.example.org'] },
  { schema: 'domains', words: ['domains', 'app'] },
  { schema: 'domains:remove', words: ['domains:remove', 'app', 'a.example.org'] },
  { schema: 'domains:set', words: ['domains:set', 'app', 'b.example.org'] },
  { schema: 'service:set', words: ['service:set', 'app', '10.0.0.5', '8080'] },
  { schema: 'service:set', words: ['service:set', 'app', '10.0.0.6', '8080', 'db'] },
  { schema: 'service:tags', words: ['service:tags', 'app'] },
  { schema: 'services', words: ['services'] },
  { schema: 'services --check', words: ['services', 'down', '--check'] },
  { schema: 'services:catalog', words: ['services:catalog'] },
  { schema: 'service:rm', words: ['service:rm', 'app', '10.0.0.6', '8080'] },
  { schema: 'services:clear', words: ['services:clear', 'app'] },
  { schema: 'services:remove', words: ['services:remove', 'app'] },
  { schema: 'services:register', words: ['services:register'] },
  { schema: 'remove:config', words: ['remove:config', 'bare'] },
  { schema: 'keys:add', words: ['keys:add', 'ann'], stdin: `${key}\n` },
  { schema: 'keys:list', words: ['keys:list'] },
  { schema: 'keys:remove', words: ['keys:remove', 'ann'] },
  { schema: 'locks', words: ['locks'] },
  { schema: 'audit', words: ['audit'] },
  { schema: 'plugins', words: ['plugins'] },
  { schema: 'plugins --schema', words: ['plugins', '--schema'] },
  { schema: 'version', words: ['version'] },
  { schema: 'completion', words: ['completion', 'zsh'] },
  { schema: 'error <code>', words: ['error', 'E_SITE_UNKNOWN'] },
  { schema: 'rename', words: ['rename', 'down', 'elsewhere'] },
  { schema: 'error', words: ['status', 'nowhere'] },
  { schema: 'error', words: ['scale', 'app', 'many'] },
];

it.each(shown)('$words prints what the schema $schema says', async ({ schema, words, stdin = '' }) => {
  const [command = '', ...rest] = words.map((word) => (word === 'FOLDER' ? site.folder : word));
  const result = await line.octoWith({ stdin }, command, '--json', ...rest);
  const printed = result.json();
  if (schema !== 'error') expect(printed, result.stderr).not.toHaveProperty('error');
  expect(outputSchemas[schema].parse(printed)).toEqual(printed);
});

type Printed<Command extends { run(): Promise<unknown> }> = Awaited<ReturnType<Command['run']>>;
type Frozen<Shape> = Shape extends readonly (infer One)[]
  ? readonly Frozen<One>[]
  : Shape extends object
    ? { readonly [Name in keyof Shape]: Frozen<Shape[Name]> }
    : Shape;
type Said<Name extends keyof typeof outputSchemas> = Frozen<z.infer<(typeof outputSchemas)[Name]>>;

it('what has to do with a whole machine prints what its type says', () => {
  expectTypeOf<Printed<Backup>>().toExtend<Said<'backup'>>();
  expectTypeOf<Printed<Cancel>>().toExtend<Said<'cancel'>>();
  expectTypeOf<Printed<DevDemo>>().toExtend<Said<'dev:demo'>>();
  expectTypeOf<Printed<DevDown>>().toExtend<Said<'dev:down'>>();
  expectTypeOf<Printed<DevUp>>().toExtend<Said<'dev:up'>>();
  expectTypeOf<Printed<Migrate>>().toExtend<Said<'migrate'>>();
  expectTypeOf<Printed<MoveConfig>>().toExtend<Said<'move:config'>>();
  expectTypeOf<Printed<MoveSites>>().toExtend<Said<'move:sites'>>();
  expectTypeOf<Printed<PluginsAdd>>().toExtend<Said<'plugins:add'>>();
  expectTypeOf<Printed<PluginsCreate>>().toExtend<Said<'plugins:create'>>();
  expectTypeOf<Printed<PluginsRemove>>().toExtend<Said<'plugins:remove'>>();
  expectTypeOf<Printed<PluginsTry>>().toExtend<Said<'plugins:try'>>();
  expectTypeOf<Printed<Restart>>().toExtend<Said<'restart'>>();
  expectTypeOf<Printed<Restore>>().toExtend<Said<'restore'>>();
  expectTypeOf<Printed<SecretsRotate>>().toExtend<Said<'secrets:rotate'>>();
  expectTypeOf<Printed<Setup>>().toExtend<Said<'setup'>>();
  expectTypeOf<Printed<StoreCopy>>().toExtend<Said<'store:copy'>>();
  expectTypeOf<Printed<Unlock>>().toExtend<Said<'unlock'>>();
  expectTypeOf<Printed<Update>>().toExtend<Said<'update'>>();
});

it('every command that takes --json has a schema, and every schema a command', async () => {
  const files = globSync('**/*.ts', { cwd: commandsFolder }).map((file) => file.replace(/\.ts$/, ''));
  const takesJson = await Promise.all(
    files.map(async (file) => {
      const { default: command } = (await import(/* @vite-ignore */ join(commandsFolder, `${file}.ts`))) as {
        default: { enableJsonFlag: boolean };
      };
      return command.enableJsonFlag ? [file.replaceAll('/', ':')] : [];
    }),
  );
  // What fails has its own, which every command may print.
  const { error: _, ...ofCommands } = outputSchemas;
  const named = Object.keys(ofCommands).map((name) => name.split(' ', 1)[0] ?? '');
  expect([...new Set(named)].toSorted()).toEqual(takesJson.flat().toSorted());
});

it('output.schema.json is up to date, and the package ships it', async () => {
  await expect(`${JSON.stringify(outputJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../../cli/output.schema.json',
  );
  const { exports, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
    files: string[];
  };
  expect(exports['./output.schema.json']).toBe('./cli/output.schema.json');
  expect(files).toContain('cli/output.schema.json');
});
