/** What commands really print with `--json` is what is published. `npx vitest -u` writes the file anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outputJsonSchema, outputSchemas } from '../../cli/output-schemas.ts';
import { agentAtWork, startAgent } from '../helpers/agent.ts';
import { memoryPublisher } from '../testing/memory-publisher.ts';
import { type CommandLine, commandLine } from './command-line.ts';
import { type Sample, sample } from './sample.ts';

const root = join(import.meta.dirname, '..', '..');
let line: CommandLine;
let site: Sample;
beforeAll(async () => {
  site = await sample();
  line = commandLine({ publisher: memoryPublisher() });
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
});

it.each([
  { schema: 'sites', words: ['sites'] },
  { schema: 'status', words: ['status'] },
  { schema: 'status <site>', words: ['status', 'app'] },
  { schema: 'status <site>', words: ['status', 'bare'] },
  { schema: 'ps', words: ['ps'] },
  { schema: 'logs', words: ['logs', 'app'] },
  { schema: 'events', words: ['events'] },
  { schema: 'explain', words: ['explain', 'app'] },
  { schema: 'doctor', words: ['doctor'] },
  { schema: 'doctor', words: ['doctor', '--fix'] },
  { schema: 'converge', words: ['converge'] },
  { schema: 'rename', words: ['rename', 'down', 'elsewhere'] },
  { schema: 'error', words: ['status', 'nowhere'] },
  { schema: 'error', words: ['scale', 'app', 'many'] },
] as const)('$words prints what the schema $schema says', async ({ schema, words }) => {
  const printed = (await line.octo(...words, '--json')).json();
  expect(outputSchemas[schema].parse(printed)).toEqual(printed);
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
