/** Bugs of the original in which a deploy took the old version away and left nothing, or a mixture. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { portsOf } from '../helpers/inspection.ts';
import { command, get, page, ran } from '../helpers/private-instance.ts';
import { killPushes, parityLab, probe, refused } from './lab.ts';

const lab = parityLab();
const folder = (files: Record<string, string>) => lab.host.folder(files);
const at = (site: string) => () => lab.host.get(site);
const serve = 'mkdir -p /www; cp /index.html /www; exec httpd -f -p 8080 -h /www';
/** A site that does something before it serves the text. */
const slowly = (text: string, first: string) => ({
  Dockerfile: command(`${first}; ${serve}`, ['COPY index.html /', 'EXPOSE 8080']),
  'index.html': text,
});

describe("bug 1: the build's exit status was asked of a log line", () => {
  const broken = { Dockerfile: 'FROM octohost/busybox:1\nEXPOSE 8080\nRUN echo broken && exit 3\n' };
  const tarOf = async (files: Record<string, string>) => {
    const file = `${await folder(files)}.tar`;
    await ran('tar', ['-C', file.slice(0, -4), '-cf', file, '.']);
    return file;
  };
  const picture = async () => ({
    containers: (await lab.seen.settled('app', 1)).map(({ Id, Image }) => ({ Id, Image })),
    releases: JSON.parse(await lab.octo('releases', 'app', '--json')).current,
    ref: (await lab.host.git('app', 'ls-remote', lab.host.instance.pushUrl.replace('{site}', 'app'), 'main'))
      .stdout,
    body: await lab.body('app'),
  });

  it.each([
    { door: 'push', deploy: () => lab.host.push('app', broken) },
    { door: 'deploy of a folder', deploy: async () => lab.host.octo('deploy', 'app', await folder(broken)) },
    {
      door: 'deploy of a tar',
      deploy: async () => lab.host.octo('deploy', 'app', '--tar', await tarOf(broken)),
    },
    {
      door: 'deploy of an image that is not there',
      deploy: () => lab.host.octo('deploy', 'app', '--image', '127.0.0.1:1/none:1'),
    },
  ])(
    'a failed $door is refused; neither is the old image started anew nor the running container killed',
    async ({ deploy }) => {
      if ((await lab.seen.containers('app')).length === 0) await lab.push('app', page('good'));
      const before = await picture();
      expect(await refused(deploy())).toMatch(/E_BUILD_FAILED|E_IMAGE_MISSING/);
      expect(await picture()).toEqual(before);
      expect(before.body).toBe('good');
    },
  );
});

describe('bug 6: changes did not reach nginx, or stopped everything first', () => {
  it('domains:set answers at once', async () => {
    const { Id } = await lab.seen.only('app');
    await lab.octo('domains:set', 'app', 'one.test');
    expect(await get(lab.host.instance, 'one.test')).toEqual({ status: 200, body: 'good' });
    await lab.octo('domains:set', 'app', 'two.test');
    expect((await get(lab.host.instance, 'one.test')).status).toBe(404);
    expect(await get(lab.host.instance, 'two.test')).toEqual({ status: 200, body: 'good' });
    expect((await lab.seen.only('app')).Id).toBe(Id);
  });

  it('reload stops nothing before the new one answers', async () => {
    const { Id } = await lab.seen.only('app');
    const prober = probe(at('app'));
    await lab.octo('reload', 'app', '--wait');
    await prober.stop();
    expect([...prober.answers.keys()]).toEqual(['200 good']);
    expect((await lab.seen.only('app')).Id).not.toBe(Id);
  });
});

describe('bug 7: nobody waited for the new container to answer', () => {
  it('one that listens late gets its traffic when it listens, and the old one answers until then', async () => {
    await lab.push('late', page('old'));
    const prober = probe(at('late'));
    await lab.push('late', slowly('new', 'sleep 2'));
    await expect.poll(() => prober.answers.get('200 new')).toBeGreaterThan(0);
    await lab.seen.only('late');
    await prober.stop();
    expect([...prober.answers.keys()]).toEqual(['200 old', '200 new']);
  });

  it('no request meets an upstream that is not there: nginx knows only containers that run', async () => {
    const file = await lab.nginxConf();
    const upstreams = [...file.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port ?? '');
    const running = (await lab.seen.containers()).flatMap(portsOf);
    const own = new URL(lab.host.instance.httpUrl).port;
    expect(new Set(upstreams.filter((port) => port !== own))).toEqual(new Set(running));
  });

  it('a site with nothing behind it takes no other down', async () => {
    await lab.octo('stop', 'late');
    expect((await lab.host.get('late')).status).toBe(503);
    await lab.octo('reload', 'app');
    expect(await lab.body('app')).toBe('good');
    await lab.octo('remove', 'late', '--yes');
  });
});

describe('bug 9: a bad nginx file stayed in place, pushes mixed, a killed receiver left both versions', () => {
  it('what nginx refuses of a site never takes the place of the file that serves', async () => {
    const templates = join(lab.host.dir, 'i/data/nginx/templates');
    await mkdir(templates, { recursive: true });
    await writeFile(join(templates, 'broken.mustache'), 'server { {{> server}} listen nonsense; }\n');
    const before = await lab.nginxConf();
    expect(await refused(lab.host.octo('config:set', 'app/NGINX_ALT', 'broken'))).toContain('E_NGINX_SITE');
    expect(await lab.nginxConf()).toBe(before);
    expect(await lab.body('app')).toBe('good');
    await rm(join(templates, 'broken.mustache'));
    await lab.octo('reload', 'app');
  });

  it('of two deploys at once each is whole, and the later one serves', async () => {
    const version = (name: string) => ({
      Dockerfile: command('exec httpd -f -p 8080 -h /www', ['COPY . /www/', 'EXPOSE 8080']),
      'a.txt': name,
      'b.txt': name,
    });
    const folders = await Promise.all(['first', 'second'].map((name) => folder(version(name))));
    const both = await Promise.all(folders.map((path) => lab.host.octo('deploy', 'twice', path, '--json')));
    const releases = both.map(({ stdout }) => JSON.parse(stdout).release as number);
    expect(releases.toSorted((a, b) => a - b)).toEqual([1, 2]);
    const expected = releases[0] === 2 ? 'first' : 'second';
    expect([await lab.body('twice', '/a.txt'), await lab.body('twice', '/b.txt')]).toEqual([
      expected,
      expected,
    ]);
    await lab.seen.only('twice');
  });

  it('a push that is killed leaves the old version serving, and converge leaves nothing of the new one', async () => {
    const { Id } = await lab.seen.only('app');
    await lab.host.commit('app', slowly('never', 'sleep 1000'));
    const words = ['push', lab.host.instance.pushUrl.replace('{site}', 'app'), 'main'];
    const pushing = lab.host.git('app', ...words);
    await lab.seen.settled('app', 2);
    await killPushes(lab.host);
    expect((await pushing).code).not.toBe(0);
    expect(await lab.body('app')).toBe('good');
    await lab.octo('converge');
    expect((await lab.seen.only('app')).Id).toBe(Id);
    expect(await lab.octo('converge')).toMatch(/nothing to do/i);
    expect(await lab.body('app')).toBe('good');
  });
});
