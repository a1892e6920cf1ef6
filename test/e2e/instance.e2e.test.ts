/** A private instance and what was in its folder, or is gone from the world, before it. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import type { Instance } from '../../cli/dev/instance-files.ts';
import { ownLabels } from '../helpers/inspection.ts';
import { octoPath, page, privateInstance, ran } from '../helpers/private-instance.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-f-'));
});
afterEach(async () => {
  await ran(octoPath, ['dev:down', '--dir', join(dir, 'i')]);
  await rm(dir, { recursive: true, force: true });
});

const octo = (...words: string[]) => ran(octoPath, words);
const octoAlone = (...words: string[]) =>
  ran(octoPath, words, { env: { ...process.env, DOCKER_HOST: undefined } });

describe('a folder that holds files of somebody else', () => {
  it.each(['octohost.config.ts', 'data', 'ssh', 'engine', 'instance.json'])(
    'named %s is refused, and keeps them',
    async (name) => {
      await mkdir(join(dir, 'i'));
      await writeFile(join(dir, 'i', name), 'mine');
      const up = await octo('dev:up', '--dir', join(dir, 'i'));
      const down = await octo('dev:down', '--dir', join(dir, 'i'));
      expect([up.code, down.code], up.stderr + down.stderr).toEqual([2, 2]);
      expect(await readFile(join(dir, 'i', name), 'utf8')).toBe('mine');
    },
  );

  it('under other names is used, and they are there when the instance is gone', async () => {
    await mkdir(join(dir, 'i'));
    await writeFile(join(dir, 'i', 'notes.txt'), 'mine');
    expect(await octo('dev:up', '--dir', join(dir, 'i'))).toMatchObject({ code: 0 });
    expect(await octo('dev:down', '--dir', join(dir, 'i'))).toMatchObject({ code: 0 });
    expect(await readFile(join(dir, 'i', 'notes.txt'), 'utf8')).toBe('mine');
    expect(existsSync(join(dir, 'i', 'data'))).toBe(false);
  });
});

describe('dev:up', () => {
  it('prints one JSON object, and the same one when it is called again', async () => {
    const first = await octo('dev:up', '--dir', join(dir, 'i'));
    const instance = JSON.parse(first.stdout) as Instance;
    expect(instance).toMatchObject({
      domainSuffix: 'localhost',
      configFile: join(dir, 'i', 'octohost.config.ts'),
    });
    expect(instance.pushUrl).toMatch(/^ssh:\/\/\w+@127\.0\.0\.1:\d+\/\{site\}\.git$/);
    expect((await octo('dev:up', '--dir', join(dir, 'i'))).stdout).toBe(first.stdout);
  });

  it('of an instance of which a part has ended says so', async () => {
    await octo('dev:up', '--dir', join(dir, 'i'));
    process.kill(Number(await readFile(join(dir, 'i', 'data/nginx/nginx.pid'), 'utf8')), 'SIGQUIT');
    await expect
      .poll(async () => (await octo('dev:up', '--dir', join(dir, 'i'))).stderr, { timeout: 20_000 })
      .toContain('E_DEV_HALF');
  });
});

describe('dev:down', () => {
  it('removes what is in a shared engine, although the configuration cannot be read any more', async () => {
    const host = await privateInstance();
    await host.octo('deploy', 'gone', await host.folder(page('x')));
    const docker = await connectDocker(host.instance.dockerHost);
    const own = await ownLabels(host);
    const ours = async () => (await docker.listContainers({ all: true, filters: own() })).length;
    expect(await ours()).toBe(1);
    await writeFile(host.instance.configFile, 'export default {');
    await host.dispose();
    expect(await ours()).toBe(0);
  });

  it('clears an instance away whose own engine was killed', async () => {
    const up = await octoAlone('dev:up', '--dir', join(dir, 'i'));
    expect(up, up.stderr).toMatchObject({ code: 0 });
    process.kill(Number(await readFile(join(dir, 'i', 'engine/dockerd.pid'), 'utf8')), 'SIGKILL');
    const down = await octoAlone('dev:down', '--dir', join(dir, 'i'));
    expect(down, down.stderr).toMatchObject({ code: 0 });
    expect(existsSync(join(dir, 'i'))).toBe(false);
  });
});

describe('a tap that hangs', () => {
  it('ends the deploy after its time, with its name', async () => {
    const file = join(dir, 'my.config.ts');
    const plugins =
      'dockerfileBuilder(), dockerRuntime(), embeddedStore(), embeddedRegistrar(), nginxRouter()';
    await writeFile(
      file,
      [
        "import { defineConfig } from 'octohost';",
        ...[
          'dockerfile-builder',
          'docker-runtime',
          'embedded-store',
          'embedded-registrar',
          'nginx-router',
        ].map((name) => {
          const factory = name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
          return `import { ${factory} } from 'octohost/plugins/${name}';`;
        }),
        "console.log('loaded');",
        "const slow = { name: 'slow', setup({ hooks }) { hooks.received.tap('wait', () => new Promise(() => {}), { timeoutSeconds: 1 }); } };",
        `export default defineConfig({ plugins: [${plugins}, slow] });`,
      ].join('\n'),
    );
    const host = await privateInstance({ config: file });
    const done = await host.octo('deploy', 'x', await host.folder(page('x')), '--json');
    await host.dispose();
    expect(done.code).toBe(1);
    expect(JSON.parse(done.stdout)).toMatchObject({
      error: { code: 'E_TIMEOUT', message: expect.stringContaining('slow:wait') },
    });
  });
});
