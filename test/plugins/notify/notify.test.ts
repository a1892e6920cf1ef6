/** A real SMTP server, real HTTP servers, and deploys of a real engine on in-memory roles. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { type NotifyOptions, notify } from '../../../plugins/notify/index.ts';
import { selfSigned } from '../../helpers/certificates.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';

const app = parseSiteName('app');
const password = 'hunter2-hunter2';
let folder: string;
const endings: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-notify-'));
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
  await rm(folder, { recursive: true });
});

const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly user?: string;
  readonly secure: boolean;
  readonly text: string;
}

async function mailServer(
  options: Partial<SMTPServerOptions> = {},
): Promise<{ port: number; mails: Taken[] }> {
  const mails: Taken[] = [];
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    onAuth: (auth, _session, done) =>
      auth.password === password
        ? done(null, { user: auth.username })
        : done(new Error(`no: ${auth.password}`)),
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (piece) => {
        text += String(piece);
      });
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
          to: rcptTo.map(({ address }) => address),
          ...(session.user === undefined ? {} : { user: String(session.user) }),
          secure: session.secure,
          text,
        });
        done();
      });
    },
    ...options,
  });
  // Clients that do not trust its certificate.
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  endings.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: portOf(server.server), mails };
}

interface Posted {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly [key: string]: unknown };
}

async function webServer(status = 200, headers = {}): Promise<{ url: string; posts: Posted[] }> {
  const posts: Posted[] = [];
  const server = createHttpServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += String(piece);
    });
    request.on('end', () => {
      posts.push({ path: request.url ?? '', headers: request.headers, body: JSON.parse(body) });
      response.writeHead(status, headers).end('answer');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => server.close());
  return { url: `http://127.0.0.1:${portOf(server)}/services/T0/secret-token`, posts };
}

/** A server that takes a connection and then does what it is told; `ended` says how many connections are over. */
async function oddServer(
  talk: (socket: Socket) => void,
): Promise<{ port: number; ended(): number; all(): number }> {
  let all = 0;
  let ended = 0;
  const server: Server = createServer((socket) => {
    all += 1;
    socket.on('error', () => {});
    socket.on('close', () => {
      ended += 1;
    });
    socket.resume();
    talk(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => server.close());
  return { port: portOf(server), ended: () => ended, all: () => all };
}

function engine(options: NotifyOptions, environment: Record<string, string> = {}): TestEngine {
  const plugin = notify(options);
  const world = testEngine({
    more: [
      {
        ...plugin,
        setup: (api) => plugin.setup({ ...api, installation: { ...api.installation, environment } }),
      },
    ],
  });
  endings.push(() => world.dispose());
  return world;
}

const deploy = (world: TestEngine) => world.engine.deploy([push(app)], world.operation());
const failedStart = (world: TestEngine) => {
  world.roles.runtime.behave({ kind: 'exits', code: 3 });
  return expect(deploy(world)).rejects.toMatchObject({ code: 'E_CHECK_DEAD', step: 'start' });
};
const warnings = (world: TestEngine) => world.told.filter((line) => line.includes(' warn: notify:'));
const addresses = { from: 'octo@example.com', to: ['ops@example.com', 'boss@example.com'] };

async function trusted(): Promise<{ key: string; cert: string }> {
  const { certificate: cert, key } = selfSigned('localhost');
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, cert]);
  endings.push(() => setDefaultCACertificates(before));
  return { key, cert };
}

describe('a mail', () => {
  it('of a failed start comes with STARTTLS and the password, to everybody', async () => {
    const { port, mails } = await mailServer(await trusted());
    const world = engine(
      { mail: { host: 'localhost', port, username: 'octo', ...addresses } },
      { OCTO_NOTIFY_MAIL_PASSWORD: password },
    );
    await failedStart(world);
    expect(warnings(world)).toEqual([]);
    expect(mails).toMatchObject([{ from: addresses.from, to: addresses.to, user: 'octo', secure: true }]);
    expect(mails[0]?.text).toMatch(/^Subject: \[octohost .*\] app: the start failed \(E_CHECK_DEAD\)\r$/m);
    expect(mails[0]?.text).toMatch(/^Who: {7}me\r$/m);
  });

  it('goes by TLS from the start, with the password of a file', async () => {
    const { port, mails } = await mailServer({ ...(await trusted()), secure: true });
    await writeFile(join(folder, 'password'), `${password}\n`);
    const passwordFile = join(folder, 'password');
    const world = engine({
      mail: { host: 'localhost', port, security: 'tls', username: 'octo', passwordFile, ...addresses },
    });
    await failedStart(world);
    expect(mails).toMatchObject([{ user: 'octo', secure: true }]);
  });

  it('goes to no server whose certificate is not trusted, nor to one without TLS', async () => {
    const { certificate: cert, key } = selfSigned('localhost');
    const untrusted = await mailServer({ cert, key });
    const clear = await mailServer({ hideSTARTTLS: true });
    for (const { port } of [untrusted, clear]) {
      const world = engine(
        { mail: { host: 'localhost', port, username: 'octo', ...addresses } },
        { OCTO_NOTIFY_MAIL_PASSWORD: password },
      );
      await failedStart(world);
      expect(warnings(world)).toHaveLength(1);
    }
    expect([...untrusted.mails, ...clear.mails]).toEqual([]);
  });

  it('that the server refuses is a warning, and the password is not in it', async () => {
    const { port } = await mailServer({ hideSTARTTLS: true, allowInsecureAuth: true });
    const wrong = 'wrong-password';
    const world = engine(
      { mail: { host: '127.0.0.1', port, security: 'none', username: 'octo', ...addresses } },
      { OCTO_NOTIFY_MAIL_PASSWORD: wrong },
    );
    await failedStart(world);
    expect(warnings(world)).toHaveLength(1);
    expect(warnings(world)[0]).toMatch(/Not everybody was told: mail by 127.0.0.1:\d+: .*no: \[hidden\]/);
    expect(world.told.join('\n')).not.toContain(wrong);
  });
});

describe('a webhook', () => {
  it('and Slack are told of a failed deploy, each in its own words', async () => {
    const [webhook, slack] = [await webServer(), await webServer()];
    await writeFile(join(folder, 'url'), `${slack.url}\n`);
    const world = engine(
      { webhook: {}, slack: { urlFile: join(folder, 'url') } },
      { OCTO_NOTIFY_WEBHOOK_URL: webhook.url },
    );
    await deploy(world);
    world.roles.builder.faults.on('build', new Error('disk full'));
    await expect(
      world.engine.deploy([push(app, { 'index.html': 'new' })], world.operation()),
    ).rejects.toThrow('disk full');
    expect(warnings(world)).toEqual([]);
    expect(webhook.posts).toMatchObject([
      {
        path: '/services/T0/secret-token',
        headers: { 'content-type': 'application/json' },
        body: {
          event: 'deploy-failed',
          site: 'app',
          actor: 'me',
          release: 1,
          error: { message: 'disk full' },
        },
      },
    ]);
    expect(slack.posts.map(({ body }) => Object.keys(body))).toEqual([['text']]);
    expect(slack.posts[0]?.body['text']).toContain('disk full');
  });

  it.each([
    ['refuses', 403, {}],
    ['leads elsewhere', 302, { location: 'http://127.0.0.1:1/elsewhere' }],
  ])('that %s is a warning without the token', async (_, status, headers) => {
    const { url } = await webServer(status, headers);
    const world = engine({ slack: {} }, { OCTO_NOTIFY_SLACK_URL: url });
    await failedStart(world);
    expect(warnings(world)).toHaveLength(1);
    expect(warnings(world)[0]).toMatch(new RegExp(`Slack: 127.0.0.1:\\d+: it answered ${status}`));
    expect(world.told.join('\n')).not.toContain('secret-token');
  });

  it('whose address is nowhere is a warning that names the variable', async () => {
    const world = engine({ slack: {} });
    await failedStart(world);
    expect(warnings(world)[0]).toContain('OCTO_NOTIFY_SLACK_URL is not set');
  });
});

describe('a server that is dead', () => {
  const flood = (socket: Socket) => {
    const timer = setInterval(() => socket.write('220-and so on\r\n'), 20);
    socket.on('close', () => clearInterval(timer));
  };
  it.each([
    ['says nothing', () => {}],
    ['never ends what it says', flood],
    ['stops in the middle', (socket: Socket) => void socket.write('220 hello\r\n')],
  ])('and %s neither holds a deploy nor the others that are told', async (_, talk) => {
    const dead = await oddServer(talk);
    const { url, posts } = await webServer();
    const mail = { host: '127.0.0.1', port: dead.port, security: 'none', ...addresses } as const;
    const world = engine({ timeoutSeconds: 1, mail, slack: {} }, { OCTO_NOTIFY_SLACK_URL: url });
    await failedStart(world);
    expect(posts).toHaveLength(1);
    expect(warnings(world)[0]).toContain(
      `Not everybody was told: mail by 127.0.0.1:${dead.port}: no answer within 1 s`,
    );
    // Nothing of it lives on.
    await expect.poll(() => [dead.all(), dead.ended()]).toEqual([1, 1]);
  });

  it('and refuses connections, or closes them, is a warning', async () => {
    const closing = await oddServer((socket) => socket.destroy());
    const unused = await oddServer(() => {});
    await endings.pop()?.();
    for (const { port } of [closing, unused]) {
      const world = engine({ mail: { host: '127.0.0.1', port, security: 'none', ...addresses } });
      await failedStart(world);
      expect(warnings(world)).toHaveLength(1);
    }
  });

  it('and is a webhook, is given up too', async () => {
    const dead = await oddServer(() => {});
    const world = engine(
      { timeoutSeconds: 1, webhook: {} },
      { OCTO_NOTIFY_WEBHOOK_URL: `http://127.0.0.1:${dead.port}/secret-token` },
    );
    await failedStart(world);
    expect(warnings(world)[0]).toContain('no answer within 1 s');
    await expect.poll(() => dead.all() > 0 && dead.ended() === dead.all()).toBe(true);
  });
});

describe('the events', () => {
  it('that are not chosen are not told, and a good deploy is not by default', async () => {
    const { url, posts } = await webServer();
    const environment = { OCTO_NOTIFY_SLACK_URL: url };
    await deploy(engine({ slack: {} }, environment));
    await failedStart(engine({ slack: {}, events: ['deployed', 'deploy-failed', 'cancelled'] }, environment));
    expect(posts).toEqual([]);
  });

  it('deployed is told with the release, after all is done', async () => {
    const { url, posts } = await webServer();
    const world = engine({ webhook: {}, events: ['deployed'] }, { OCTO_NOTIFY_WEBHOOK_URL: url });
    await deploy(world);
    await world.engine.stop(app, world.operation());
    expect(posts.map(({ body }) => [body['event'], body['release']])).toEqual([['deployed', 1]]);
  });

  it('cancelled is told of a deploy that somebody ended', async () => {
    const { url, posts } = await webServer();
    const world = engine({ webhook: {}, events: ['cancelled'] }, { OCTO_NOTIFY_WEBHOOK_URL: url });
    const end = new AbortController();
    world.roles.builder.faults.on('build', async () => end.abort());
    await expect(
      world.engine.deploy([push(app)], world.operation({ signal: end.signal })),
    ).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect(posts.map(({ body }) => body['event'])).toEqual(['cancelled']);
  });
});

it('a secret of the site that its error repeats is hidden in what is told', async () => {
  const { url, posts } = await webServer();
  const plugin = notify({ webhook: {} });
  const world = testEngine({
    dataDir: folder,
    more: [
      {
        ...plugin,
        setup: (api) =>
          plugin.setup({
            ...api,
            installation: { ...api.installation, environment: { OCTO_NOTIFY_WEBHOOK_URL: url } },
          }),
      },
    ],
  });
  endings.push(() => world.dispose());
  await world.engine.setSettings(app, { TOKEN: password } as never, { secrets: ['TOKEN'] as never });
  world.roles.runtime.faults.on('start', new Error(`cannot use ${password}`));
  await expect(deploy(world)).rejects.toThrow('cannot use [hidden]');
  expect(posts.map(({ body }) => (body['error'] as { message: string }).message)).toEqual([
    'cannot use [hidden]',
  ]);
  expect(JSON.stringify(posts)).not.toContain(password);
});
