/** Checks as a deploy has them: instances that listen, end, speak of their health, run commands. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/grammar.ts';
import { push, type TestEngine, testEngine } from '../../helpers/world.ts';
import type { Behaviour } from '../../testing.ts';

const app = parseSiteName('app');
let world: TestEngine;
beforeEach(() => {
  world = testEngine();
});
afterEach(() => world.dispose());

/** Deploys a site with these settings and an image that behaves so. */
async function deploy(settings: Record<string, string>, behaviour: Behaviour, exposed = 'EXPOSE 8080') {
  await world.engine.setSettings(app, { OCTO_CHECK_TIMEOUT: '1', ...settings } as never);
  world.roles.runtime.behave(behaviour);
  const files = { Dockerfile: `FROM scratch\n${exposed}\n` };
  return world.engine.deploy([push(app, files)], world.operation());
}
const running = async () => world.roles.runtime.list(app);
const answers = { kind: 'answers' } as const;
const off = { NO_HTTP_PROXY: '1' };

describe('an instance is proven', () => {
  let looks = 0;
  beforeEach(() => {
    looks = 0;
  });
  /** One thing at first, another one from the third look on. */
  const later =
    <Thing>(first: Thing, then: Thing) =>
    () =>
      ++looks > 2 ? then : first;

  it.each<{ what: string; settings: Record<string, string>; behaviour: Behaviour; exposed?: string }>([
    { what: 'by any HTTP answer', settings: {}, behaviour: { ...answers, status: 500 } },
    {
      what: 'by its path, its status and its body',
      settings: { OCTO_CHECK_PATH: '/up', OCTO_CHECK_STATUS: '204-299', OCTO_CHECK_BODY: 'is /up' },
      behaviour: { ...answers, status: 207, body: (_, path) => `this is ${path}` },
    },
    { what: 'by an answer that comes late', settings: {}, behaviour: { ...answers, afterMs: 300 } },
    { what: 'by a connection', settings: off, behaviour: { kind: 'hangs' } },
    {
      what: 'by a connection at one of its ports',
      settings: off,
      behaviour: { ...answers, port: 81 },
      exposed: 'EXPOSE 80 81',
    },
    {
      what: 'by its HEALTHCHECK, once it is healthy',
      settings: { OCTO_CHECK: 'healthcheck' },
      behaviour: {
        kind: 'silent',
        health: later({ status: 'starting', lines: [] }, { status: 'healthy', lines: [] }),
      },
    },
    {
      what: 'also where that was unhealthy before',
      settings: { OCTO_CHECK: 'healthcheck' },
      behaviour: {
        kind: 'silent',
        health: later({ status: 'unhealthy', lines: [] }, { status: 'healthy', lines: [] }),
      },
    },
    {
      what: 'without its HEALTHCHECK, where nobody asks for it',
      settings: {},
      behaviour: { ...answers, health: () => ({ status: 'unhealthy', lines: [] }) },
    },
    {
      what: 'by a command',
      settings: { OCTO_CHECK_COMMAND: '["test","-f","/ready"]' },
      behaviour: {
        kind: 'silent',
        exec: (words) => ({ exitCode: words.join(' ') === 'test -f /ready' ? 0 : 1, lines: [] }),
      },
    },
    {
      what: 'by an end with 0, where nothing can be asked',
      settings: {},
      behaviour: { kind: 'exits', code: 0 },
      exposed: 'EXPOSE 53/udp',
    },
    {
      what: 'by an end with 0, where nothing is to be asked',
      settings: { ...off, OCTO_CHECK: 'up' },
      behaviour: { kind: 'exits', code: 0 },
    },
  ])('$what', async ({ settings, behaviour, exposed }) => {
    await deploy(settings, behaviour, exposed);
    expect(await running()).toHaveLength(1);
    // What is current is there: a second run has nothing to do.
    expect((await world.engine.converge([app], world.operation())).actions).toEqual([]);
  });
});

describe('an instance is refused, with what was asked and what came back', () => {
  it.each<{
    what: string;
    settings: Record<string, string>;
    behaviour: Behaviour;
    code: string;
    says: (string | RegExp)[];
    exposed?: string;
  }>([
    {
      what: 'that does not listen',
      settings: {},
      behaviour: { kind: 'silent', stdout: ['listening on 3000'] },
      code: 'E_CHECK_SILENT',
      says: [
        /^asked: GET http:\/\/127\.0\.0\.1:\d+\/ \(port 8080 of the container\)$/,
        /^after \d\.\d s: .+ \(\d+ times\)$/,
        'container: listening on 3000',
      ],
    },
    {
      what: 'that listens elsewhere',
      settings: {},
      behaviour: { ...answers, port: 3000 },
      code: 'E_CHECK_SILENT',
      says: [/^after/],
    },
    {
      what: 'whose status is wrong',
      settings: { OCTO_CHECK_STATUS: '200-399', OCTO_CHECK_RETRIES: '0' },
      behaviour: { ...answers, status: 500 },
      code: 'E_CHECK_WRONG',
      says: [/^asked: .*wanted: status 200-399$/, /^after \d\.\d s: answered 500$/],
    },
    {
      what: 'whose body is wrong',
      settings: { OCTO_CHECK_BODY: 'ok', OCTO_CHECK_RETRIES: '1' },
      behaviour: answers,
      code: 'E_CHECK_WRONG',
      says: [/^after .* without the text in its body \(2 times\)$/],
    },
    {
      what: 'whose status stays wrong',
      settings: { OCTO_CHECK_STATUS: '200' },
      behaviour: { ...answers, status: 503 },
      code: 'E_CHECK_WRONG',
      says: [/answered 503 \(\d+ times\)$/],
    },
    {
      what: 'that accepts no connection',
      settings: off,
      behaviour: { kind: 'silent' },
      code: 'E_CHECK_SILENT',
      says: [/^asked: a connection to port 8080 of the container/, /accepts and closes at once/],
    },
    {
      what: 'that ends with 0 although it should listen',
      settings: off,
      behaviour: { kind: 'exits', code: 0 },
      code: 'E_CHECK_DEAD',
      says: [/^asked/],
    },
    {
      what: 'that is unhealthy',
      settings: { OCTO_CHECK: 'healthcheck', OCTO_CHECK_RETRIES: '0' },
      behaviour: { ...answers, health: () => ({ status: 'unhealthy', lines: ['no database'] }) },
      code: 'E_CHECK_WRONG',
      says: ["asked: the image's HEALTHCHECK", /unhealthy$/, 'check: no database'],
    },
    {
      what: 'that never becomes healthy',
      settings: { OCTO_CHECK: 'healthcheck' },
      behaviour: { ...answers, health: () => ({ status: 'starting', lines: [] }) },
      code: 'E_CHECK_SILENT',
      says: [/starting/],
    },
    {
      what: 'without a HEALTHCHECK',
      settings: { OCTO_CHECK: 'healthcheck', OCTO_CHECK_TIMEOUT: '60' },
      behaviour: answers,
      code: 'E_CHECK_IMPOSSIBLE',
      says: [/^after/],
    },
    {
      what: 'whose command fails',
      settings: { OCTO_CHECK_COMMAND: 'pg_isready', OCTO_CHECK_RETRIES: '0' },
      behaviour: { ...answers, exec: () => ({ exitCode: 2, lines: ['no response'] }) },
      code: 'E_CHECK_WRONG',
      says: ['asked: the command sh -c pg_isready in the container', /exit code 2$/, 'check: no response'],
    },
    {
      what: 'that ends',
      settings: {},
      behaviour: { kind: 'exits', code: 7, stderr: ['cannot open /data'] },
      code: 'E_CHECK_DEAD',
      says: ['container: cannot open /data'],
    },
    {
      what: 'that ends where nothing is asked',
      settings: {},
      behaviour: { kind: 'exits', code: 7 },
      code: 'E_CHECK_DEAD',
      says: ['asked: that it stays up'],
      exposed: '',
    },
  ])('$what', async ({ settings, behaviour, code, says, exposed }) => {
    const failure = await deploy(settings, behaviour, exposed).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, step: 'start', site: 'app' });
    const { details } = failure as { details: string[] };
    for (const line of says)
      expect(details).toContainEqual(typeof line === 'string' ? line : expect.stringMatching(line));
    expect(await running()).toEqual([]);
  });

  it('that cannot be asked is not even started', async () => {
    const attempt = deploy({ OCTO_CHECK: 'tcp' }, answers, 'EXPOSE 53/udp');
    await expect(attempt).rejects.toMatchObject({
      code: 'E_SETTINGS',
      details: [expect.stringContaining('OCTO_CHECK_PORT')],
    });
    expect(world.roles.runtime.calls.filter(({ method }) => method === 'start')).toEqual([]);
  });

  it('without a word of what is secret, wherever it stands', async () => {
    const secret = 'abc"def\\123456';
    const settings = {
      API_TOKEN: secret,
      OCTO_CHECK_RETRIES: '0',
      OCTO_CHECK_COMMAND: `curl -H ${secret} localhost`,
    };
    const exec = () => ({ exitCode: 1, lines: [`refused ${secret}`] });
    const behaviour = { ...answers, stdout: [`token ${secret}`], exec };
    const failure = (await deploy(settings, behaviour).catch((error: unknown) => error)) as Error & {
      details: string[];
    };
    expect(failure).toMatchObject({
      code: 'E_CHECK_WRONG',
      details: expect.arrayContaining(['check: refused [hidden]', 'container: token [hidden]']),
    });
    expect([failure.message, ...failure.details].join('\n')).not.toContain(secret);
  });
});
