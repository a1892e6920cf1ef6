/** Settings and domains on real components: what goes in comes out in the container, and routes change at once. */
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  command,
  get,
  octoPath,
  type PrivateInstance,
  page,
  privateInstance,
  ran,
} from '../helpers/private-instance.ts';

let host: PrivateInstance;
beforeAll(async () => {
  host = await privateInstance();
});
afterAll(() => host?.dispose());

const values = {
  SPACES: '  two  words ',
  QUOTES: `"double" 'single' \`back\``,
  DOLLAR: '$HOME $(id) $$',
  SIGNS: 'a=b;c&d|e#f\\n',
  COLONS: '1:2:3:4:5:6:7:8:9:10:11',
  LINES: '\nfirst\n\nlast\n',
  UNICODE: 'é 🎉 \u2028',
  EMPTY: '',
  FLAG: '--json',
  LARGE: 'x'.repeat(100_000),
};
/** Shows the environment of its first process, byte for byte. */
const showing = command(
  'mkdir -p /www; cat /proc/self/environ > /www/environ; exec httpd -f -p 8080 -h /www',
);

async function environmentOf(site: string): Promise<Record<string, string>> {
  const { body } = await host.get(site, '/environ');
  const pairs = body.split('\0').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}
const settingsOf = async (site: string) =>
  JSON.parse((await host.octo('config', site, '--json')).stdout).settings;
const done = async (work: Promise<{ code: number; stdout: string; stderr: string }>) => {
  const result = await work;
  expect(result.code, result.stderr).toBe(0);
  return result;
};

describe('a value', () => {
  it('reaches the container byte for byte, and no setting of octohost does', async () => {
    const words = Object.entries(values).map(([key, value]) => `${key}=${value}`);
    await done(host.octo('config:set', 'bytes', ...words, 'SSL_KEY=secret', 'MEMORY_LIMIT=64m'));
    await done(host.ssh('config:set bytes/PIPED -', { input: `${values.LINES}\n` }));
    await done(host.octo('deploy', 'bytes', await host.folder({ Dockerfile: showing })));
    const environment = await environmentOf('bytes');
    expect(environment).toMatchObject({ ...values, PIPED: values.LINES, CONTAINER_NAME: 'bytes' });
    expect(environment).not.toHaveProperty('SSL_KEY');
    expect(environment).not.toHaveProperty('DOMAINS');
  });

  it('is restored by a shell that reads config:export, with all others in one release', async () => {
    await done(host.octo('config:set', 'bytes', 'CONTAINERS=2'));
    await done(host.octo('domains:add', 'bytes', 'bytes.test'));
    const before = await settingsOf('bytes');
    const { stdout: script } = await done(host.octo('config:export', 'bytes'));
    await done(host.octo('config:rm', 'bytes', ...Object.keys(before)));
    expect(await environmentOf('bytes')).not.toHaveProperty('COLONS');

    const env = {
      ...process.env,
      PATH: `${dirname(octoPath)}:${process.env['PATH']}`,
      OCTOHOST_CONFIG: host.instance.configFile,
    };
    const numbers = async () => JSON.parse((await host.octo('releases', 'bytes', '--json')).stdout).current;
    const number = await numbers();
    await done(ran('sh', [], { input: script, env }));
    expect(await numbers()).toBe(number + 1);
    expect(await settingsOf('bytes')).toEqual(before);
    expect(await environmentOf('bytes')).toMatchObject(values);
    expect(await get(host.instance, 'bytes.test', '/environ')).toMatchObject({ status: 200 });
  });

  it('is changed without a request that is not answered', async () => {
    await done(host.octo('deploy', 'steady', await host.folder({ Dockerfile: showing })));
    const statuses = new Set<number>();
    let asked = 0;
    const over = new AbortController();
    const asking = (async () => {
      while (!over.signal.aborted) {
        statuses.add((await host.get('steady', '/environ')).status);
        asked += 1;
      }
    })();
    const { stderr } = await done(host.octo('config:set', 'steady', 'A=1', 'B=2'));
    over.abort();
    await asking;
    expect(stderr).not.toContain('build');
    expect(asked).toBeGreaterThan(10);
    expect([...statuses]).toEqual([200]);
    expect(await environmentOf('steady')).toMatchObject({ A: '1', B: '2' });
  });
});

describe('domains', () => {
  const body = async (name: string) => {
    const { status, body: text } = await get(host.instance, name);
    return status === 200 ? text : status;
  };

  it('answer as soon as they are added, wildcards after exact names, and not once they are removed', async () => {
    await done(host.octo('deploy', 'one', await host.folder(page('one'))));
    await done(host.octo('deploy', 'two', await host.folder(page('two'))));
    await done(host.octo('domains:add', 'one', '*.shop.test', 'Bücher.test'));
    await done(host.octo('domains:add', 'two', 'two.shop.test'));
    expect(await body('any.shop.test')).toBe('one');
    expect(await body('a.b.shop.test')).toBe('one');
    expect(await body('two.shop.test')).toBe('two');
    expect(await body('shop.test')).toBe(404);
    expect(await body('xn--bcher-kva.test')).toBe('one');
    const taken = await host.octo('domains:add', 'two', '*.shop.test');
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining('octo domains one') });
    await done(host.octo('domains:remove', 'one', '*.shop.test'));
    expect(await body('any.shop.test')).toBe(404);
    expect(await body('two.shop.test')).toBe('two');
  });

  it('of main stay with main when a branch with the same CNAME file is pushed', async () => {
    await done(host.push('forked', { ...page('main'), CNAME: 'www.forked.test\n' }));
    await done(host.git('forked', 'checkout', '-q', '-b', 'next'));
    const pushed = await done(host.push('forked', { 'index.html': 'next' }, 'next'));
    expect(pushed.stderr).toContain('www.forked.test (CNAME) stays with forked');
    expect(await body('www.forked.test')).toBe('main');
    expect((await host.get('forked-next')).body).toBe('next');
  });

  it('of main and its branches may come in one push', async () => {
    await host.push('both', { ...page('both'), CNAME: 'www.both.test\n' }, 'main:refs/heads/other');
    expect(await body('www.both.test')).toBe('both');
    await host.octo('remove', 'both-other', '--yes');
    await done(host.git('both', 'branch', 'next'));
    await done(host.push('both', {}, '--all'));
    expect(await body('www.both.test')).toBe('both');
    expect((await host.get('both-next')).body).toBe('both');
    expect((await host.octo('domains', 'both-next')).stdout).not.toContain('www.both.test');
  });
});
