/** A backup under load restored on another instance, and a move over real ssh that is cut off: everything real. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sshCommand } from '../../cli/dev/instance-files.ts';
import {
  command,
  done,
  octoPath,
  type PrivateInstance,
  page,
  privateInstance,
  ran,
} from '../helpers/private-instance.ts';

const secret = 'hunter2-hunter2';
const showing = command(
  'mkdir -p /www; echo "round $ROUND, token $TOKEN" > /www/index.html; exec httpd -f -p 8080 -h /www',
);
const hosts = ['app.localhost', 'a.example.org', 'plain.localhost', 'halted.localhost', 'nobody.localhost'];

let from: PrivateInstance;
let to: PrivateInstance;
beforeAll(async () => {
  [from, to] = await Promise.all([privateInstance(), privateInstance()]);
  await done(from.octo('config:set', 'app/ROUND', '0'));
  await done(from.ssh('config:set --secret --no-deploy app/TOKEN', { input: secret }));
  await done(from.push('app', { Dockerfile: showing }));
  await done(from.push('app', { Dockerfile: showing, more: 'of it' }));
  await done(from.octo('domains:set', 'app', 'a.example.org'));
  await done(from.octo('deploy', 'plain', await from.folder(page('plain'))));
  await done(from.push('halted', page('halted')));
  await done(from.octo('stop', 'halted'));
  await done(from.push('busy', { Dockerfile: showing }));
  await done(from.octo('config:set', 'busy/ROUND', '0'));
  await done(from.push('pushed', page('push 0')));
});
afterAll(async () => {
  // What is here runs images that came from there.
  await to?.dispose();
  await from?.dispose();
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

function answer({ instance }: PrivateInstance, host: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(instance.httpUrl, { headers: { host }, agent: false }, (response) => {
      // The time of the answer, and of the container's own file.
      const { date: _, 'last-modified': __, etag: ___, ...headers } = response.headers;
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers, body }));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}
const answers = (host: PrivateInstance) => Promise.all(hosts.map((one) => answer(host, one)));
const json = async (host: PrivateInstance, ...words: string[]) =>
  JSON.parse((await done(host.octo(...words, '--json'))).stdout) as Record<string, unknown>;

interface Release {
  readonly number: number;
  readonly deploy: string;
  readonly revision?: string;
  readonly image: { readonly id: string };
  readonly domains: readonly string[];
  readonly current: boolean;
  readonly gone: boolean;
}
async function releases(host: PrivateInstance, site: string) {
  const all = (await json(host, 'releases', site))['releases'] as readonly Release[];
  return all.map(({ number, deploy, revision, image: { id }, domains, current, gone }) => {
    return { number, deploy, revision, id, domains, current, gone };
  });
}

/** Asks, pushes and changes a site's configuration, until the work is done; returns how many answers were no 200. */
async function underLoad(work: Promise<unknown>): Promise<{ bad: number; rounds: number; pushes: number }> {
  const over = new AbortController();
  const ended = work.finally(() => over.abort());
  let [bad, rounds, pushes] = [0, 0, 0];
  const asking = async () => {
    while (!over.signal.aborted) if ((await answer(from, 'busy.localhost')).status !== 200) bad += 1;
  };
  const changing = async () => {
    do {
      rounds += 1;
      await done(from.octo('config:set', 'busy/ROUND', String(rounds)));
    } while (!over.signal.aborted);
  };
  const pushing = async () => {
    do {
      pushes += 1;
      await done(from.push('pushed', page(`push ${pushes}`)));
    } while (!over.signal.aborted);
  };
  await Promise.all([asking(), changing(), pushing(), ended]);
  return { bad, rounds, pushes };
}

describe('a backup that is taken under load', () => {
  it('restores to identical answers, releases and configuration', async () => {
    const file = join(from.dir, 'backup.tar.gz');
    const { bad, rounds, pushes } = await underLoad(
      done(from.octo('backup', file, '--images', '--with-secrets')),
    );
    expect(bad).toBe(0);
    expect(rounds).toBeGreaterThan(0);
    expect(pushes).toBeGreaterThan(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const restored = await done(to.octo('restore', file));
    expect(restored.stdout).toContain('app: restored, release 3');
    expect(await answers(to)).toEqual(await answers(from));
    for (const site of ['app', 'plain', 'halted']) {
      expect(await releases(to, site)).toEqual(await releases(from, site));
      const configuration = (host: PrivateInstance) => json(host, 'config', site, '--secrets');
      expect(await configuration(to)).toEqual(await configuration(from));
    }
    // What of a site that was changed all the time is in it agrees with itself.
    const { settings } = await json(to, 'config', 'busy');
    const { body } = await answer(to, 'busy.localhost');
    expect(body).toBe(`round ${(settings as Record<string, string>)['ROUND']}, token \n`);
    expect(await json(to, 'status', 'busy')).toMatchObject({ state: 'up', changed: false });
    // Of one that was pushed to all the time its answer, its release and its branch are of the same commit.
    const current = (await releases(to, 'pushed')).find((one) => one.current);
    const repository = join(to.home, 'data', 'repositories', 'pushed.git');
    const git = async (...words: string[]) => (await ran('git', ['--git-dir', repository, ...words])).stdout;
    expect((await git('rev-parse', 'main')).trim()).toBe(current?.revision);
    expect((await answer(to, 'pushed.localhost')).body).toBe(await git('show', 'main:index.html'));
  });

  it('is restored again as nothing, and leaves nothing beside it', async () => {
    const again = await done(to.octo('restore', join(from.dir, 'backup.tar.gz')));
    expect(again.stdout).toContain('app: is here already');
    expect(again.stdout).toContain('Nothing to do.');
    const left = (await readdir(join(to.home, 'data'))).filter((name) => name.startsWith('.backup'));
    expect(left).toEqual([]);
  });

  it('goes back to a release of before, and takes the next push', async () => {
    await done(to.octo('rollback', 'app', '1'));
    expect((await answer(to, 'app.localhost')).status).toBe(200);
    await from.commit('app', page('pushed to the other'));
    const pushed = await ran('git', ['push', to.instance.pushUrl.replace('{site}', 'app'), 'main'], {
      cwd: join(from.dir, 'repositories', 'app'),
      env: { ...process.env, GIT_SSH_COMMAND: sshCommand(to.instance) },
    });
    expect(pushed.code, pushed.stderr).toBe(0);
    expect((await answer(to, 'app.localhost')).body).toBe('pushed to the other');
  });

  it('that is cut off is refused before anything is changed', async () => {
    const whole = await readFile(join(from.dir, 'backup.tar.gz'));
    const before = (await done(to.octo('sites'))).stdout;
    const refused = await to.ssh('restore -', { input: whole.subarray(0, whole.length / 2) });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('E_BACKUP_ARCHIVE');
    expect((await done(to.octo('sites'))).stdout).toBe(before);
  });
});

describe('a move over ssh', () => {
  let third: PrivateInstance;
  let words: string[];
  beforeAll(async () => {
    third = await privateInstance();
    const { port, user, knownHosts, identity } = third.instance.ssh;
    const config = join(from.dir, 'ssh-config');
    const lines = [`UserKnownHostsFile ${knownHosts}`, 'IdentitiesOnly yes', `IdentityFile ${identity}`];
    await writeFile(config, `${lines.join('\n')}\n`);
    words = ['127.0.0.1', user, '--port', String(port), '--ssh-config', config];
  });
  afterAll(() => third?.dispose());

  const sites = ['app', 'busy', 'halted', 'plain', 'pushed'];
  const stateOf = async (site: string) => {
    const all = (await json(third, 'status'))['sites'] as readonly { site: string; state: string }[];
    return all.find((one) => one.site === site)?.state;
  };

  it('brings configuration, twice to the same, with no secret among the words', async () => {
    for (let time = 0; time < 2; time++) {
      const moved = await done(from.octo('move:config', ...words, '--site', 'app'));
      expect(moved.stdout).toBe('app: stored there\n');
    }
    const settings = await json(third, 'config', 'app', '--secrets');
    expect(settings['settings']).toMatchObject({ ROUND: '0', TOKEN: secret });
    expect((await done(third.octo('config', 'app'))).stdout).not.toContain(secret);
  });

  it('that is killed leaves each site whole or not there, and ends with a second run', async () => {
    const environment = { ...process.env, OCTOHOST_CONFIG: from.instance.configFile };
    const first = spawn(octoPath, ['move:sites', ...words], {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    // Once the first is there, another one is on its way.
    const [line] = (await once(first.stdout, 'data')) as [Buffer];
    expect(line.toString()).toContain('app: moved');
    process.kill(-(first.pid as number), 'SIGKILL');
    await once(first, 'close');
    const again = await done(from.octo('move:sites', ...words));
    expect(again.stdout).toContain('app: is there already');
    for (const site of sites) {
      expect(again.stdout).toMatch(new RegExp(`^${site}: (?:moved|is there already)$`, 'm'));
      expect(await stateOf(site)).toBe(site === 'halted' ? 'stopped' : 'up');
      expect(await releases(third, site)).toEqual(await releases(from, site));
    }
    expect(await answers(third)).toEqual(await answers(from));
    const last = await done(from.octo('move:sites', ...words));
    expect(last.stdout).toBe(sites.map((site) => `${site}: is there already\n`).join(''));
  });

  it('that is killed at any of its steps ends with a second run', async () => {
    const only = [...words, '--site', 'pushed'];
    const environment = { ...process.env, OCTOHOST_CONFIG: from.instance.configFile };
    let isOver = false;
    for (let last = 1; !isOver; last++) {
      await done(third.octo('remove', 'pushed', '--yes'));
      const cut = spawn(octoPath, ['move:sites', ...only], {
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      let lines = 0;
      const count = (data: Buffer) => {
        lines += data.toString().split('\n').length - 1;
        if (lines >= last && cut.exitCode === null) process.kill(-(cut.pid as number), 'SIGKILL');
      };
      cut.stdout.on('data', count);
      cut.stderr.on('data', count);
      const [code] = await once(cut, 'close');
      expect([null, 0]).toContain(code);
      isOver = code === 0;
      const again = await done(from.octo('move:sites', ...only));
      expect(again.stdout).toMatch(/^pushed: (?:moved|is there already)$/m);
      expect(await releases(third, 'pushed')).toEqual(await releases(from, 'pushed'));
      expect(await answer(third, 'pushed.localhost')).toEqual(await answer(from, 'pushed.localhost'));
    }
  });

  it('touches nothing here until it is told to stop a site', async () => {
    expect((await answer(from, 'plain.localhost')).body).toBe('plain');
    const stopped = await done(from.octo('move:sites', ...words, '--site', 'plain', '--stop'));
    expect(stopped.stdout).toContain('plain: is there already, and stopped here');
    expect((await answer(from, 'plain.localhost')).status).toBe(503);
    expect((await answer(third, 'plain.localhost')).body).toBe('plain');
  });

  it('to a host that does not answer says so, and to one that refuses shows its words', async () => {
    const nobody = await from.octo('move:sites', '127.0.0.1', '--port', '1');
    expect(nobody.stderr).toContain('E_MOVE_SSH');
    await done(third.octo('remove', 'plain', '--yes'));
    await done(third.octo('deploy', 'plain', await third.folder(page('another'))));
    const refused = await from.octo('move:sites', ...words, '--site', 'plain');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('there is another site of this name');
    expect((await answer(third, 'plain.localhost')).body).toBe('another');
  });
});
