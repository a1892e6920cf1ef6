import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { freePort } from '../../contracts/free-port.ts';
import { type CommandLine, commandLine } from '../command-line.ts';

const shop = parseSiteName('shop');

let line: CommandLine;
let dir: string;
beforeEach(async () => {
  line = commandLine();
  dir = await mkdtemp(join(tmpdir(), 'octo-m-'));
  await writeFile(join(dir, 'old'), 'DOMAIN_SUFFIX=example.com\nPUBLIC_IP=$(curl x)\nSRC_DIR=/home/git\n');
  await line.roles.runtime.stranger({
    name: 'wing',
    image: { id: 'sha256:old', ports: [{ port: 8080, protocol: 'tcp' }], volumes: [] },
    environment: { CONTAINER_NAME: 'shop', GREETING: 'hello' },
    bindings: [{ port: 8080, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: await freePort() }],
    host: { Binds: ['/srv/shop:/data'] },
  });
});
afterEach(async () => {
  await line.dispose();
  await rm(dir, { recursive: true, force: true });
});

const migrate = (...words: string[]) =>
  line.octo('migrate', '--from', join(dir, 'old'), '--config', join(dir, 'octohost.config.ts'), ...words);
const started = () => line.roles.runtime.calls.some(({ method }) => method === 'start');

describe('octo migrate', () => {
  it('with --dry-run shows everything, and does nothing', async () => {
    const { stdout, stderr, code } = await migrate('--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('domainSuffix: "example.com"');
    expect(stdout).toContain('{"sites":"shop","mounts":["/srv/shop"]}');
    expect(stdout).toContain('shop: would take over wing');
    expect(stderr).toContain('line 2 (PUBLIC_IP) is not read: it runs a command');
    expect(stderr).toContain('SRC_DIR has no counterpart');
    expect(await readdir(dir)).toEqual(['old']);
    expect(line.roles.store.dump()).toEqual({});
  });

  it('writes the configuration with its rules, and takes the containers over', async () => {
    const { stdout, code, stderr } = await migrate();
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('shop: took over wing');
    const written = await readFile(join(dir, 'octohost.config.ts'), 'utf8');
    expect(written).toContain('allow: [');
    expect(await line.engine().current(shop)).toMatchObject({ number: 1, reason: 'adopt' });
    expect(started()).toBe(false);
  });

  it('says the second time that nothing is to do', async () => {
    await migrate();
    const before = line.roles.store.dump();
    const { stdout, code } = await migrate();
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing to do.');
    expect(line.roles.store.dump()['octohost-state/sites/shop']).toBe(before['octohost-state/sites/shop']);
    expect((await migrate('--json')).json()).toMatchObject({
      configuration: { written: false },
      sites: [{ site: 'shop', containers: ['wing'], state: 'known' }],
    });
  });

  it('leaves a configuration that is there, and says which rules it lacks', async () => {
    await writeFile(join(dir, 'octohost.config.ts'), '// mine');
    const { stdout } = await migrate();
    expect(stdout).toContain('stays as it is');
    expect(stdout).toContain('{"sites":"shop","mounts":["/srv/shop"]}');
    expect(await readFile(join(dir, 'octohost.config.ts'), 'utf8')).toBe('// mine');
  });

  it('names a site that it could not take over, and goes on with the others', async () => {
    const folder = join(dir, 'source');
    await line.roles.runtime.stranger({
      name: 'aaa',
      image: { id: 'sha256:aaa', ports: [], volumes: [] },
      environment: { CONTAINER_NAME: 'aaa' },
    });
    await mkdir(folder);
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nEXPOSE 8080\n');
    await line.octo('deploy', 'aaa', folder);
    const { code, stderr } = await migrate();
    expect(code).toBe(1);
    expect(stderr).toContain('E_ADOPT_RELEASED');
    expect(await line.engine().current(shop)).toMatchObject({ reason: 'adopt' });
  });

  it('says the second time, too, whatever became of its containers', async () => {
    await migrate();
    const folder = join(dir, 'source');
    await mkdir(folder);
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nEXPOSE 8080\n');
    await line.roles.runtime.stranger({
      name: 'older',
      image: { id: 'sha256:older', ports: [], volumes: [] },
      environment: { CONTAINER_NAME: 'shop' },
    });
    await line.octo('deploy', 'shop', folder, '--wait');
    expect((await migrate('--json')).json()).toMatchObject({ sites: [{ site: 'shop', state: 'known' }] });
    await line.octo('stop', 'shop');
    const { code, stdout } = await migrate();
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to do.') });
  });

  it('warns of what cannot be reached, and takes it over', async () => {
    const hostPort = await freePort();
    const silent = {
      name: 'silent',
      image: { id: 'sha256:silent', ports: [{ port: 80, protocol: 'tcp' as const }], volumes: [] },
      environment: { CONTAINER_NAME: 'silent' },
      bindings: [{ port: 81, protocol: 'tcp' as const, hostAddress: '0.0.0.0', hostPort }],
    };
    await line.roles.runtime.stranger(silent, { kind: 'silent' });
    const { stderr, code } = await migrate('--dry-run');
    expect(code).toBe(0);
    expect(stderr).toContain('port 80 of silent, the first that its image EXPOSEs, is not published');
    expect(stderr).toMatch(new RegExp(`port 81 of silent cannot be reached: .*${hostPort}`));
    expect(stderr).not.toContain('of wing cannot be reached');
  });

  it('says which file it cannot read', async () => {
    const { code, stderr } = await line.octo('migrate', '--from', join(dir, 'nothing'));
    expect(code).toBe(2);
    expect(stderr).toContain('octo migrate --from');
  });
});
