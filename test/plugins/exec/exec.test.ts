/** Real scripts at the hooks of a real engine on in-memory roles. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { definePlugin, parseSiteName } from '../../../core/index.ts';
import { type ExecOptions, execHooks } from '../../../plugins/exec/index.ts';
import { payloadOf } from '../../../plugins/exec/payload.ts';
import { type HookName, jsonSchemas, schemas } from '../../../plugins/exec/schemas.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';
import { memoryPublisher } from '../../testing/memory-publisher.ts';
import { recorder } from '../../testing/recorder.ts';

const app = parseSiteName('app');
const readme = new URL('../../../plugins/exec/README.md', import.meta.url);
let folder: string;
let world: TestEngine | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-exec-'));
});
afterEach(async () => {
  await world?.dispose();
  world = undefined;
  await rm(folder, { recursive: true });
});

async function script(name: string, text: string, mode = 0o755): Promise<string> {
  const file = join(folder, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text.startsWith('#!') ? text : `#!/bin/sh\n${text}\n`);
  await chmod(file, mode);
  return file;
}

const engine = (more: Partial<ExecOptions> = {}) => {
  world = testEngine({ publisher: memoryPublisher(), more: [execHooks({ folder, ...more })] });
  return world;
};
const deploy = (run: TestEngine) => run.engine.deploy([push(app)], run.operation());

/** The lines for the pusher but those of the builder. */
const saidIn = (run: TestEngine) =>
  run.told
    .flatMap((line) => /^app says: (.*)/.exec(line)?.[1] ?? [])
    .filter((line) => !line.startsWith('built sha256:'));

async function gone(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat === undefined || / Z /.test(stat);
}

it('what executables write goes to the pusher, in the order of their names', async () => {
  await script('received/20-second', 'echo second');
  await script('received/10-first', 'echo first; echo noted >&2');
  await script('received/.hidden', 'echo hidden');
  const run = engine();
  await deploy(run);
  const said = saidIn(run);
  expect(said.toSorted()).toEqual(['first', 'noted', 'second']);
  expect(said.at(-1)).toBe('second');
});

it('another exit code than 0 refuses the deploy at a gate, with what was written', async () => {
  const file = await script('built/check', 'echo not today; exit 3');
  await expect(deploy(engine())).rejects.toMatchObject({
    code: 'E_EXEC_REFUSED',
    message: `${file} ended with exit code 3.`,
    details: ['not today'],
    plugin: 'exec',
    hook: 'built',
  });
});

it('is a warning where the hook is no gate', async () => {
  await script('routed/tell', 'exit 1');
  const run = engine();
  await deploy(run);
  expect(run.told.join('\n')).toMatch(/app warn: exec:run on routed: .*ended with exit code 1/);
});

it('one that hangs is ended with all that it started when the time is over', async () => {
  await script('received/hang', `sleep 1000 & echo $! > ${folder}/child; echo $$ > ${folder}/own; wait`);
  await expect(deploy(engine({ timeoutSeconds: 1 }))).rejects.toMatchObject({ code: 'E_TIMEOUT' });
  for (const name of ['own', 'child']) {
    const pid = Number(await readFile(join(folder, name), 'utf8'));
    await expect.poll(() => gone(pid), { timeout: 10_000 }).toBe(true);
  }
});

it('what an executable leaves running ends with it, and does not hold the deploy', async () => {
  await script('received/leave', `sleep 1000 & echo $! > ${folder}/child`);
  await deploy(engine());
  const pid = Number(await readFile(join(folder, 'child'), 'utf8'));
  await expect.poll(() => gone(pid), { timeout: 10_000 }).toBe(true);
});

it.each([
  ['E_EXEC_START', '#!/no/such/interpreter\n', 0o755],
  ['E_EXEC_FILE', 'echo x', 0o644],
])('%s names the file', async (code, text, mode) => {
  const file = await script('received/wrong', text, mode);
  await expect(deploy(engine())).rejects.toMatchObject({ code, message: expect.stringContaining(file) });
});

it('gets the minimum of an environment, and no argument', async () => {
  await script(
    'received/show',
    'env | cut -d= -f1 | grep -v -e PWD -e SHLVL -e "^_$"; echo $OCTOHOST_HOOK $#',
  );
  const run = engine({ environment: { TOKEN: 'x' } });
  await deploy(run);
  const said = saidIn(run);
  expect(said.at(-1)).toBe('received 0');
  expect(said.slice(0, -1).toSorted()).toEqual(['OCTOHOST_HOOK', 'PATH', 'TOKEN']);
});

it('a modifier changes the value by JSON on standard output, and adds to an environment it does not see', async () => {
  await script(
    'modifySpec/limits',
    `tee ${folder}/seen | sed 's/"environment":{}/"environment":{"ADDED":"1"}/'`,
  );
  const before = definePlugin({
    name: 'before',
    setup: ({ hooks }) =>
      hooks.modifySpec.tap('secret', (spec) => ({ ...spec, environment: { SECRET: 'hidden' } })),
  });
  const after = recorder('after');
  world = testEngine({ more: [before, execHooks({ folder }), after] });
  await deploy(world);
  const seen = await readFile(join(folder, 'seen'), 'utf8');
  expect(JSON.parse(seen)).toMatchObject({ site: 'app', environment: {} });
  expect(after.payloads('modifySpec')[0].environment).toEqual({ SECRET: 'hidden', ADDED: '1' });
});

it.each(['no json', '[]', '{"site":1}'])('a modifier that writes %s is refused', async (text) => {
  await script('modifyBuild/x', `cat > /dev/null; echo '${text}'`);
  await expect(deploy(engine())).rejects.toMatchObject({ code: 'E_EXEC_RESULT', hook: 'modifyBuild' });
});

it('the payload of every hook is as its schema says, and has nothing beside it', async () => {
  const run = engine();
  await deploy(run);
  await run.engine.deploy([push(app, { 'index.html': 'new' })], run.operation());
  await run.engine.finishRetiring([app], run.operation());
  run.roles.runtime.behave({ kind: 'exits', code: 3 });
  await deploy(run).catch(() => {});
  const seen = new Set<string>();
  for (const { hook, payload } of run.recorder.events) {
    seen.add(hook);
    const data = JSON.parse(JSON.stringify(payloadOf(payload, false)));
    expect(schemas[hook as HookName].parse(data), hook).toEqual(data);
  }
  expect(Object.keys(schemas).filter((hook) => !seen.has(hook))).toEqual(['removed']);
});

it('the schemas that are published are those of the code', async () => {
  await expect(`${JSON.stringify(jsonSchemas(), undefined, 2)}\n`).toMatchFileSnapshot(
    '../../../plugins/exec/hooks.schema.json',
  );
});

it('the example of the README is a plugin of five lines', async () => {
  const [, example = ''] = /```sh\n([\s\S]*?)```/.exec(await readFile(readme, 'utf8')) ?? [];
  expect(example.trim().split('\n')).toHaveLength(5);
  await script('received/10-window', example);
  await deploy(engine());
});

it('the options table of the README has every option', async () => {
  const text = await readFile(readme, 'utf8');
  const { schema } = await import('../../../plugins/exec/options.ts');
  for (const option of Object.keys(schema.shape)) expect(text).toContain(`| \`${option}\``);
  expect(() => execHooks({ folder: 'relative' })).toThrow(/folder: is no absolute path/);
});
