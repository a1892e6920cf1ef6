/** The tutorial for plugin authors, done as it says: its files, its commands, on a private instance. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { typescriptBlocks } from '../helpers/code-blocks.ts';
import {
  octoPath,
  type PrivateInstance,
  privateInstance,
  type Ran,
  ran,
} from '../helpers/private-instance.ts';

const text = readFileSync(new URL('../../plugins/TUTORIAL.md', import.meta.url), 'utf8');
const [plugin = '', configuration = ''] = typescriptBlocks(text);
const commands = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
const [, push = '', mend = ''] = commands;
const importLine = /^import .* from '\.\/smoke\.ts';\n/m.exec(configuration)?.[0] ?? '';
const call = /smoke\(\{.*\}\)/.exec(configuration)?.[0] ?? '';

let host: PrivateInstance;
beforeAll(async () => {
  host = await privateInstance();
});
afterAll(() => host?.dispose());

/** Runs commands of the tutorial in the folder of the test. */
function type(typed: string): Promise<Ran> {
  const shop = join(host.dir, 'shop');
  const here = typed.replaceAll('/tmp/shop', shop);
  const env = {
    ...process.env,
    OCTOHOST_CONFIG: host.instance.configFile,
    PATH: `${dirname(octoPath)}:${process.env['PATH']}`,
  };
  return ran('sh', ['-c', typed === push ? here : `cd ${shop}\n${here}`], { env, cwd: host.dir });
}

it('refuses the version whose page is missing, and takes it when the page is there', async () => {
  await writeFile(join(dirname(host.instance.configFile), 'smoke.ts'), plugin);
  await host.configure('import ', importLine);
  await host.configure('dockerfileBuilder()', `${call}, `);
  const refused = await type(push);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('The page /help.html of shop answers 404.');
  expect(refused.stderr).toContain('take it out of the options of smoke');
  expect((await host.get('shop')).status).not.toBe(200);
  const taken = await type(mend);
  expect(taken.stderr).toContain('smoke: /, /help.html are there');
  expect(taken.stdout).toContain('2 pages of shop are there.');
  expect(taken.code).toBe(0);
  expect(await host.get('shop', '/help.html')).toEqual({ status: 200, body: 'help\n' });
});
