/** The files that a set-up writes: read by the programs that will read them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfigFile } from '../../../cli/config-file.ts';
import { configText } from '../../../cli/setup/config-text.ts';
import { readMade, writeMade } from '../../../cli/setup/record.ts';
import { agentUnit, unitsOf } from '../../../cli/setup/units.ts';
import { startLines } from '../../../cli/setup/without-systemd.ts';
import { parseDomain } from '../../../core/index.ts';
import { nginxLayout } from '../../../plugins/nginx-router/layout.ts';
import { startArguments } from '../../../plugins/nginx-router/program.ts';
import { fresh, setUp } from './sample.ts';

const guide = new URL('../../../cli/README.md', import.meta.url);
const install = new URL('../../../cli/INSTALL.md', import.meta.url);
const facts = { user: 'git', dataDir: '/var/lib/octohost', nginx: '/usr/sbin/nginx' };
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-setup-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('the configuration of a new server', () => {
  it.each([
    { systemd: true, router: 'nginxRouter({ start: false })' },
    { systemd: false, router: 'nginxRouter()' },
  ])('loads, and says who starts nginx: $router', async ({ systemd, router }) => {
    const file = join(dir, 'octohost.config.ts');
    const text = configText({ domainSuffix: parseDomain('apps.example.com'), systemd });
    await writeFile(file, text);
    const config = await loadConfigFile(file);
    expect(config).toMatchObject({
      domainSuffix: 'apps.example.com',
      user: 'git',
      dataDir: '/var/lib/octohost',
    });
    expect(config.plugins.map(({ name }) => name)).toContain('nginx-router');
    expect(text).toContain(`    ${router},\n`);
  });

  it('says by default what the set-up takes for granted where there is none', async () => {
    const file = join(dir, 'octohost.config.ts');
    await writeFile(file, configText({ domainSuffix: parseDomain('localhost'), systemd: true }));
    const { user, dataDir, http } = await loadConfigFile(file);
    expect({ isThere: false, user, dataDir, httpPort: http.port }).toEqual(fresh.config);
  });
});

describe('the lines that start the parts without systemd', () => {
  it('are in the guide as they are shown', async () => {
    const [, section = ''] = (await readFile(install, 'utf8')).split('## Without systemd\n');
    expect(/```sh\n([\s\S]*?)```/.exec(section)?.[1]).toBe(`${startLines.join('\n')}\n`);
  });

  it.each([
    { what: '', code: 0, more: [] },
    { what: ", and dockerd itself where Debian's script cannot", code: 2, more: ['dockerd'] },
  ])('start everything in its order, the agent in the background$what', async ({ code, more }) => {
    const said = join(dir, 'said');
    for (const name of ['service', 'octo', 'dockerd'])
      await writeFile(
        join(dir, name),
        `#!/bin/sh\necho ${name} "$@" >> ${said}\n[ "$1" != docker ] || exit ${code}\n`,
        {
          mode: 0o755,
        },
      );
    // The socket is there at the second look.
    await writeFile(join(dir, 'sleep'), `#!/bin/sh\necho sleep >> ${said}\n: > ${dir}/docker\n`, {
      mode: 0o755,
    });
    const script = `${startLines.join('\n')}\nwait\n`
      .replaceAll('/usr/local/bin/octo', 'octo')
      .replace('-S /run/docker.sock', `-e ${dir}/docker`)
      .replaceAll('/var/log/', `${dir}/`);
    execFileSync('sh', ['-euc', script], { env: { PATH: `${dir}:/usr/bin:/bin` } });
    const lines = (await readFile(said, 'utf8')).trimEnd().split('\n');
    expect(lines.filter((line) => line !== 'dockerd')).toEqual([
      'service docker start',
      'service ssh start',
      'sleep',
      'octo converge',
      'octo serve',
    ]);
    expect(lines.filter((line) => line === 'dockerd')).toEqual(more);
  });
});

describe('the units', () => {
  const units = unitsOf(facts);

  it('start nginx by the very words by which octohost knows it', () => {
    const words = startArguments(nginxLayout('/var/lib/octohost/nginx'));
    expect(units[0]?.text).toContain(`\nExecStart=/usr/sbin/nginx ${words.join(' ')}\n`);
    expect(units[0]?.text).toContain(`\nPIDFile=${nginxLayout('/var/lib/octohost/nginx').pidFile}\n`);
  });

  it('run as octohost’s user, all of them', () => {
    for (const { text } of unitsOf({ ...facts, user: 'deploy' }))
      expect(text.match(/^User=.*$/gm)).toEqual(['User=deploy']);
  });

  it('are in the guide as they are written', async () => {
    const shown = /```ini\n([\s\S]*?)```/.exec(await readFile(guide, 'utf8'))?.[1];
    expect(shown).toBe(agentUnit(facts));
  });

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
  it.runIf(hasSystemd)('are units to systemd, without a word against them', async () => {
    const program = join(dir, 'program');
    await writeFile(program, '#!/bin/sh\n', { mode: 0o755 });
    const folder = join(dir, 'units');
    await mkdir(folder);
    const docker = join(folder, 'docker.service');
    await writeFile(docker, `[Service]\nExecStart=${program}\n`);
    const here = unitsOf({ ...facts, user: 'root', nginx: program });
    for (const { name, text } of here)
      await writeFile(join(folder, name), text.replaceAll('/usr/local/bin/octo', program));
    const files = here.map(({ name }) => join(folder, name));
    const verify = (...named: string[]) =>
      spawnSync('systemd-analyze', ['verify', '--man=no', ...named], { encoding: 'utf8' });
    const { stderr } = verify(...files);
    expect(stderr.split('\n').filter((line) => line.includes('octohost'))).toEqual([]);
    const broken = join(folder, 'octohost-broken.service');
    await writeFile(broken, '[Service]\nExecStart=/nowhere\nRestart=perhaps\n');
    expect(verify(broken).stderr).toContain('octohost-broken');
  });
});

describe('the record', () => {
  it('is read as it was written, and is empty where there is none', async () => {
    const file = join(dir, 'setup.json');
    expect(await readMade(file)).toEqual([]);
    const { made } = setUp({ ...fresh, systemd: false });
    await writeMade(made, file);
    expect(await readMade(file)).toEqual(made);
    expect(execFileSync('ls', [dir], { encoding: 'utf8' })).toBe('setup.json\n');
  });

  it.each(['', '{}', '{"made":[{"what":"user"}]}', '{"made":[{"what":"folder","path":"relative"}]}'])(
    'is refused where it is none: %s',
    async (text) => {
      const file = join(dir, 'setup.json');
      await writeFile(file, text);
      await expect(readMade(file)).rejects.toMatchObject({ code: 'E_SETUP_RECORD' });
    },
  );
});
