/** Bugs of the original in what a container was given, and in what was left of it. */
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../cli/dev/free-port.ts';
import { selfSigned } from '../helpers/certificates.ts';
import { portsOf } from '../helpers/inspection.ts';
import { command, get, page } from '../helpers/private-instance.ts';
import { parityLab, refused } from './lab.ts';

const lab = parityLab();

describe('bug 4: values lost their end, leaked, and broke', () => {
  const values: Record<string, string> = {
    COLONS: '1:2:3:4:5:6:7:8:9:10:11:12',
    SPACES: ' a  b ',
    QUOTES: `'one' "two" \`three\``,
    DOLLARS: '$HOME $(id) $$',
    NEWLINES: '\nfirst\n\nlast\n',
  };
  const tls = selfSigned('values.localhost');
  const own = {
    MEMORY_LIMIT: '64m',
    CONTAINERS: '1',
    OCTO_CHECK_TIMEOUT: '30',
    SSL_KEY: tls.key,
    SSL_CERTIFICATE: tls.certificate,
  };
  const environment = async () => {
    const pairs = (await lab.body('values', '/environ')).split('\0').filter((pair) => pair !== '');
    return Object.fromEntries(
      pairs.map((pair) => [pair.split('=', 1)[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
    );
  };
  const show = command('mkdir -p /www; cat /proc/self/environ > /www/environ; exec httpd -f -p 8080 -h /www');

  it('each comes out as it went in, also after the ninth colon', async () => {
    await lab.octo(
      'config:set',
      'values',
      ...Object.entries({ ...values, ...own }).map(([key, value]) => `${key}=${value}`),
    );
    await lab.push('values', { Dockerfile: show });
    expect(await environment()).toMatchObject(values);
  });

  it('so it does over ssh, and from config:export to config:import', async () => {
    const quoted = `'${values['QUOTES']?.replaceAll("'", `'\\''`)}'`;
    expect((await lab.host.ssh(`config:set values QUOTES=changed AGAIN=${quoted}`)).code).toBe(0);
    expect(await environment()).toMatchObject({ ...values, QUOTES: 'changed', AGAIN: values['QUOTES'] });
    const input = await lab.octo('config:export', 'values');
    await lab.octo('config:rm', 'values', ...Object.keys(values), 'AGAIN');
    expect(await environment()).not.toHaveProperty('COLONS');
    const imported = await lab.host.ssh('config:import values', { input });
    expect(imported.code, imported.stderr).toBe(0);
    expect(await environment()).toMatchObject({ ...values, QUOTES: 'changed', AGAIN: values['QUOTES'] });
  });

  it('neither settings of octohost nor keys of TLS are in the environment', async () => {
    const found = await environment();
    for (const key of [...Object.keys(own), 'DOMAINS']) expect(found).not.toHaveProperty(key);
    const secret = tls.key.split('\n')[1] ?? '';
    expect(JSON.stringify([await lab.seen.containers(), await lab.seen.images()])).not.toContain(secret);
  });
});

describe('bug 5: orphaned services were never removed', () => {
  const catalogOf = async (site: string) =>
    (await lab.seen.services(site))
      .flatMap((one) => (one.kind === 'instance' ? [one.instance] : []))
      .toSorted();
  const idsOf = async (site: string, count: number) =>
    (await lab.seen.settled(site, count)).map(({ Id }) => Id).toSorted();

  it('the service of a container that is gone goes with the next operation, whatever that is', async () => {
    await lab.octo('config:set', 'orphan', 'CONTAINERS=2');
    await lab.push('orphan', page('orphan'));
    const [lost, kept] = await lab.seen.settled('orphan', 2);
    await lab.seen.removeContainer(lost?.Id ?? '');
    await lab.octo('domains:add', 'orphan', 'orphan.test');
    const now = await idsOf('orphan', 2);
    expect(now).toContain(kept?.Id);
    expect(await catalogOf('orphan')).toEqual(now);
    for (const port of lost ? portsOf(lost) : [])
      expect(await lab.nginxConf()).not.toContain(`127.0.0.1:${port}`);
  });

  it('a push, a stop and a removal leave none', async () => {
    await lab.push('orphan', page('again'));
    const ids = await idsOf('orphan', 2);
    expect(await catalogOf('orphan')).toEqual(ids);
    await lab.octo('stop', 'orphan');
    expect(await catalogOf('orphan')).toEqual([]);
    await lab.octo('start', 'orphan');
    await lab.octo('remove', 'orphan', '--yes');
    expect(await catalogOf('orphan')).toEqual([]);
  });
});

describe('bug 12: a second push with ADD_NAME or PORTS_FROM_HOST failed for good', () => {
  it('works, with the name and the port; where the new one fails, the old one has both again', async () => {
    const port = await freePort();
    await lab.host.configure('plugins:', `allow: [{ sites: 'named', ports: [${port}] }],\n  `);
    const version = (text: string, serve = 'exec httpd -f -p 8080 -h /www') => ({
      Dockerfile: command(`mkdir /www; echo ${text} > /www/index.html; ${serve}`, [
        '# ADD_NAME',
        `# PORTS_FROM_HOST ${port} 8080 127.0.0.1`,
        'EXPOSE 8080',
      ]),
    });
    const answers = async () => [
      (await get({ httpUrl: `http://127.0.0.1:${port}` }, 'any')).body,
      await lab.body('named'),
    ];
    const names = async () => (await lab.seen.settled('named', 1)).map(({ Name }) => Name);
    for (const text of ['one', 'two']) {
      await lab.push('named', version(text));
      expect(await answers()).toEqual([`${text}\n`, `${text}\n`]);
      expect(await names()).toEqual(['/named']);
    }
    await refused(lab.host.push('named', version('three', 'exit 1')));
    expect(await answers()).toEqual(['two\n', 'two\n']);
    expect(await names()).toEqual(['/named']);
    await lab.octo('remove', 'named', '--yes');
  });
});

describe('bug 13: more than one port, or one of TCP and of UDP, registered nothing', () => {
  it.each([
    { what: 'several ports', expose: 'EXPOSE 8080 8443 9000' },
    { what: 'a port of TCP and of UDP', expose: 'EXPOSE 8080/udp 8080/tcp' },
  ])('$what: one service, and the site answers', async ({ expose }) => {
    const serve = 'mkdir /www; echo here > /www/index.html; exec httpd -f -p 8080 -h /www';
    await lab.push('ports', { Dockerfile: command(serve, [expose]) });
    expect(await lab.body('ports')).toBe('here\n');
    const { Id } = await lab.seen.only('ports');
    expect(await lab.seen.services('ports')).toEqual([
      expect.objectContaining({ instance: Id, tags: ['http'] }),
    ]);
  });
});

describe('bug 15: a version that could not run was said to be available', () => {
  it.each([
    { what: 'exits at once', run: 'CMD ["sh", "-c", "echo no database; exit 1"]', says: 'no database' },
    { what: 'ends well at once, where it should serve', run: 'CMD ["true"]', says: 'E_CHECK_DEAD' },
    { what: 'cannot start', run: 'CMD ["/no/such/program"]', says: 'E_START_FAILED' },
  ])('one that $what is refused, and the old one serves on', async ({ run, says }) => {
    if ((await lab.seen.containers('frail')).length === 0) await lab.push('frail', page('works'));
    const before = await lab.seen.only('frail');
    const said = await refused(
      lab.host.push('frail', { Dockerfile: `FROM octohost/busybox:1\nEXPOSE 8080\n${run}\n` }),
    );
    expect(said).toContain(says);
    expect(said).not.toContain('available at');
    expect((await lab.seen.only('frail')).Id).toBe(before.Id);
    expect(await lab.body('frail')).toBe('works');
  });
});

describe('bug 17: an unknown Host got the first site, and each push left an exited container and an untagged image', () => {
  it.each(['aaa.localhost', 'a', '127.0.0.1', 'frail.localhost.evil.test', 'xfrail.localhost', ''])(
    'Host %j is no site',
    async (name) => {
      expect(await get(lab.host.instance, name)).toMatchObject({ status: 404 });
    },
  );

  it('no Host at all is no site', async () => {
    const status = await new Promise((resolve) => {
      const asked = request(lab.host.instance.httpUrl, { setHost: false }, (response) =>
        resolve(response.resume().statusCode),
      );
      asked.on('error', resolve).end();
    });
    expect(status).toBe(400);
  });

  it('after good pushes and bad ones there are only containers that run and images of releases', async () => {
    for (const { State, Config } of await lab.seen.containers())
      expect(State.Running, Config.Labels['octohost.site']).toBe(true);
    for (const site of ['values', 'ports', 'frail']) {
      const releases: { image: { id: string } }[] = JSON.parse(
        await lab.octo('releases', site, '--json'),
      ).releases;
      const images = await lab.seen.images(site);
      expect(new Set(images.map(({ Id }) => Id))).toEqual(new Set(releases.map(({ image }) => image.id)));
      for (const { RepoTags } of images) expect(RepoTags).not.toEqual([]);
    }
  });
});
