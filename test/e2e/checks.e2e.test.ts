/** When a new version counts as working, each kind of check on real containers; and what is told of one that is refused. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, type PrivateInstance, page, privateInstance } from '../helpers/private-instance.ts';

let host: PrivateInstance;
beforeAll(async () => {
  host = await privateInstance();
});
afterAll(() => host?.dispose());

/** Deploys a site with these settings. */
async function deploy(site: string, dockerfile: string, settings: Record<string, string> = {}) {
  const words = Object.entries({ OCTO_CHECK_TIMEOUT: '20', ...settings }).map(
    ([key, value]) => `${key}=${value}`,
  );
  const set = await host.octo('config:set', site, ...words, '--no-deploy');
  expect(set, set.stderr).toMatchObject({ code: 0 });
  return host.octo('deploy', site, await host.folder({ Dockerfile: dockerfile }), '--json');
}

async function accepted(...parameters: Parameters<typeof deploy>): Promise<void> {
  const done = await deploy(...parameters);
  expect(done.code, done.stdout).toBe(0);
  expect(JSON.parse((await host.octo('status', parameters[0], '--json')).stdout)).toMatchObject({
    state: 'up',
  });
}

/** The error of a deploy that was refused and left nothing. */
async function refused(
  ...parameters: Parameters<typeof deploy>
): Promise<{ code: string; details: string[] }> {
  const done = await deploy(...parameters);
  expect(done.code, done.stdout).toBe(1);
  expect((await host.octo('logs', parameters[0])).code).not.toBe(0);
  return JSON.parse(done.stdout).error;
}

const httpd = 'httpd -f -p 8080 -h /www';
/** A page that answers 500. */
const failing = [
  'RUN mkdir -p /www/cgi-bin',
  'RUN printf \'#!/bin/sh\\necho "Status: 500 Internal Server Error"; echo; echo no database\\n\' > /www/cgi-bin/up',
  'RUN chmod +x /www/cgi-bin/up',
  'EXPOSE 8080',
];
const tcp = ['# NO_HTTP_PROXY', 'EXPOSE 7000'];

describe('HTTP', () => {
  it('of an app that listens elsewhere is refused, with what was asked and its last lines', async () => {
    const { code, details } = await refused('elsewhere', command(`echo up at 3000; httpd -f -p 3000 -h /`), {
      OCTO_CHECK_TIMEOUT: '2',
    });
    expect(code).toBe('E_CHECK_SILENT');
    expect(details[0]).toMatch(/^asked: GET http:\/\/127\.0\.0\.1:\d+\/ \(port 8080 of the container\)$/);
    expect(details[1]).toMatch(/^after 0\.\d s: .*( \(\d+ times\))?$/);
    expect(details).toContain('container: up at 3000');
  });

  it('takes any status, but the path and the statuses that a site wants', async () => {
    await accepted('status', command(httpd, failing), { OCTO_CHECK_PATH: '/cgi-bin/up' });
    const wanted = { OCTO_CHECK_STATUS: '200-399', OCTO_CHECK_RETRIES: '2' };
    const done = await deploy('status', command(`true; ${httpd}`, failing), wanted);
    expect(JSON.parse(done.stdout).error).toMatchObject({
      code: 'E_CHECK_WRONG',
      details: expect.arrayContaining([expect.stringMatching(/^after .*: answered 500 \(3 times\)$/)]),
    });
    // The old version serves on.
    expect((await host.get('status', '/cgi-bin/up')).body).toContain('no database');
    await accepted('status', command(httpd, failing), {
      OCTO_CHECK_STATUS: '500',
      OCTO_CHECK_BODY: 'no database',
    });
  });
});

describe('a connection', () => {
  it('is asked for at the container itself: the engine accepts for one that does not listen', async () => {
    const { code, details } = await refused('dead', command('sleep 1000', tcp), { OCTO_CHECK_TIMEOUT: '2' });
    expect(code).toBe('E_CHECK_SILENT');
    const [, address] =
      /^asked: a connection to port 7000 of the container \(([\d.]+):7000\)$/.exec(details[0] ?? '') ?? [];
    expect(address).toBeDefined();
    expect(address).not.toBe('127.0.0.1');
    expect(details[1]).toContain(`ECONNREFUSED ${address}:7000`);
  });

  it('is enough where one of several ports listens', async () => {
    await accepted('listening', command('nc -ll -p 7001 -e cat', ['# NO_HTTP_PROXY', 'EXPOSE 7000 7001']));
  });
});

it('what has UDP alone only has to stay up', async () => {
  await accepted('udp', command('sleep 1000', ['EXPOSE 53/udp']), { OCTO_CHECK_TIMEOUT: '1' });
});

describe("the image's HEALTHCHECK", () => {
  const health = [
    'HEALTHCHECK --interval=1s --timeout=5s --retries=1 CMD echo looked; test -f /ready',
    'EXPOSE 8080',
  ];
  const own = { OCTO_CHECK: 'healthcheck' };

  it('may be unhealthy at first', async () => {
    await accepted('healthy', command('sleep 3; touch /ready; sleep 1000', health), own);
  });

  it('that stays unhealthy refuses, with what it says', async () => {
    const { code, details } = await refused('ill', command('sleep 1000', health), {
      ...own,
      OCTO_CHECK_RETRIES: '0',
    });
    expect(code).toBe('E_CHECK_WRONG');
    expect(details).toEqual(
      expect.arrayContaining([
        "asked: the image's HEALTHCHECK",
        expect.stringMatching(/unhealthy$/),
        'check: looked',
      ]),
    );
  });

  it('is nobody else’s business, and has to be there where it is asked', async () => {
    await accepted('ignored', command('mkdir /www; httpd -f -p 8080 -h /www', health));
    expect((await refused('none', command('sleep 1000'), own)).code).toBe('E_CHECK_IMPOSSIBLE');
  });
});

describe('a command', () => {
  it('is run in the container until it ends with 0', async () => {
    const script = 'sleep 2; echo "$WORD" > /ready; sleep 1000';
    const check = { WORD: 'two words', OCTO_CHECK_COMMAND: 'cat /ready | grep -x "$WORD"' };
    await accepted('command', command(script, []), check);
    await accepted('words', command(script, []), { OCTO_CHECK_COMMAND: '["test", "-f", "/ready"]' });
  });

  it('that fails refuses, with its exit code and its last lines, without secrets', async () => {
    const { code, details } = await refused('badcommand', command('sleep 1000', []), {
      API_TOKEN: 'abcdef123456',
      OCTO_CHECK_COMMAND: 'echo "refused $API_TOKEN" >&2; exit 4',
      OCTO_CHECK_RETRIES: '1',
    });
    expect(code).toBe('E_CHECK_WRONG');
    expect(details).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/: exit code 4 \(2 times\)$/),
        'check: refused [hidden]',
      ]),
    );
  });

  it('that is no program of the image refuses', async () => {
    const check = { OCTO_CHECK_COMMAND: '["/no/such/program"]', OCTO_CHECK_TIMEOUT: '2' };
    const { details } = await refused('noprogram', command('sleep 1000', []), check);
    expect(details.join('\n')).toContain('/no/such/program');
  });
});

it('a version that ends again and again after the switch is on record as unstable', async () => {
  const loop = [
    'RUN mkdir -p /www/cgi-bin',
    "RUN printf '#!/bin/sh\\n(sleep 0.5; touch /die) >/dev/null 2>&1 & echo; echo dying\\n' > /www/cgi-bin/die",
    'RUN chmod +x /www/cgi-bin/die',
    'EXPOSE 8080',
  ];
  const script = 'httpd -p 8080 -h /www; while [ ! -f /die ]; do sleep 0.1; done; exit 1';
  const pushed = await host.push('loop', { Dockerfile: command(script, loop) });
  expect(pushed.code, pushed.stderr).toBe(0);
  expect((await host.get('loop', '/cgi-bin/die')).body).toContain('dying');
  const unstable = async () =>
    JSON.parse((await host.octo('releases', 'loop', '--json')).stdout).releases.map(
      (release: { unstable: boolean }) => release.unstable,
    );
  await expect.poll(unstable, { timeout: 20_000, interval: 200 }).toEqual([true]);
  expect(JSON.parse((await host.octo('status', 'loop', '--json')).stdout)).toMatchObject({ unstable: true });
  // It was written down: the instances that showed it are gone.
  const next = await host.octo('deploy', 'loop', await host.folder(page('better')), '--wait');
  expect(next, next.stderr).toMatchObject({ code: 0 });
  expect(await unstable()).toEqual([true, false]);
  expect(JSON.parse((await host.octo('status', 'loop', '--json')).stdout)).toMatchObject({ unstable: false });
}, 240_000);
