/** The conversation with an engine about a command with somebody at it; the engine is pretended, its protocol is not. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { attendedCommands } from '../../../plugins/docker-runtime/attended.ts';
import { attendedSpec } from '../../../plugins/docker-runtime/container-spec.ts';
import { dockerClient } from '../../../plugins/shared/docker-client.ts';
import { startRequest } from './requests.ts';

const id = 'a'.repeat(64);
const place = {
  installation: 'abcd1234',
  namePrefix: 'octohost',
  logDriver: 'json-file' as const,
  logMaxSize: '10m',
  logMaxFiles: 3,
  processes: 1024,
  capabilities: [],
  newPrivileges: false,
  adopted: async () => [],
};
const request = { ...startRequest(), command: ['cat', '-u'] };
const frame = (stream: number, text: string) => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

let dir: string;
let engine: Server;
let asked: string[];
/** Whether the container is there, and what becomes of its connection. */
let there: boolean;
let end: () => void;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'octo-engine-'));
  asked = [];
  there = true;
  end = () => {};
  engine = createServer((incoming, response) => {
    const { method, url = '' } = incoming;
    incoming.resume();
    asked.push(`${method} ${url.split('?')[0]?.replace(id, 'ID')}`);
    const answer = (status: number, body?: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body));
    if (url.startsWith('/containers/create')) return answer(201, { Id: id });
    if (url.endsWith('/start')) return answer(204);
    if (url.includes('/wait')) return answer(200, { StatusCode: 7 });
    if (url.includes('/stop')) {
      end();
      return answer(204);
    }
    if (method === 'DELETE') {
      there = false;
      return answer(204);
    }
    if (url.includes('/json') && there) {
      const labels = { 'octohost.installation': place.installation };
      return answer(200, { Id: id, Config: { Labels: labels }, State: {} });
    }
    return answer(404, { message: 'no such thing' });
  });
  engine.on('upgrade', (incoming, socket) => {
    asked.push(`attach ${(incoming.url ?? '').split('?')[0]?.replace(id, 'ID')}`);
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    socket.on('error', () => {});
    let typed = '';
    socket.on('data', (bytes) => (typed += bytes));
    socket.on('end', () => {
      socket.write(frame(1, `read ${typed}`));
      socket.end(frame(2, 'warned'));
    });
    end = () => socket.end(frame(1, 'ending'));
  });
  await new Promise<void>((resolve) => engine.listen(join(dir, 's'), resolve));
});
afterEach(() => {
  engine.closeAllConnections();
  engine.close();
  rmSync(dir, { recursive: true });
});

function desk() {
  const said = { stdout: '', stderr: '' };
  const into = (name: keyof typeof said) =>
    new Writable({
      write(bytes, _encoding, done) {
        said[name] += String(bytes);
        done();
      },
    });
  return { said, streams: { stdin: new PassThrough(), stdout: into('stdout'), stderr: into('stderr') } };
}

const commands = () => attendedCommands(dockerClient(`unix://${join(dir, 's')}`, {}), async () => place);
const context = (signal: AbortSignal) => ({ signal, output() {}, warn() {} });

it('is attached before it starts, gets its input to the end, and is removed', async () => {
  const { said, streams } = desk();
  streams.stdin.end('typed');
  const { signal } = new AbortController();
  const running = commands().runAttended(request, streams, { graceSeconds: 3 }, context(signal));
  expect(await running).toBe(7);
  expect(said).toEqual({ stdout: 'read typed', stderr: 'warned' });
  const attach = asked.indexOf('attach /containers/ID/attach');
  expect(attach).toBeGreaterThan(asked.indexOf('POST /containers/create'));
  expect(asked.indexOf('POST /containers/ID/start')).toBeGreaterThan(attach);
  expect(there).toBe(false);
});

it('is stopped when the signal aborts, and what it still says is passed on', async () => {
  const { said, streams } = desk();
  const stop = new AbortController();
  const running = commands().runAttended(request, streams, { graceSeconds: 3 }, context(stop.signal));
  const rejected = expect(running).rejects.toMatchObject({ code: 'E_ABORTED' });
  await expect.poll(() => asked).toContain('POST /containers/ID/start');
  stop.abort();
  await rejected;
  expect(asked).toContain('POST /containers/ID/stop');
  expect(said.stdout).toBe('ending');
  expect(there).toBe(false);
});

it.each([true, false])(
  'has a terminal: %s; its log is not kept, and its labels say that somebody is at it',
  (terminal) => {
    expect(attendedSpec(request, place, terminal)).toMatchObject({
      name: 'octohost-app-01abc-run',
      Tty: terminal,
      OpenStdin: true,
      StdinOnce: true,
      Entrypoint: ['cat'],
      Cmd: ['-u'],
      Labels: { 'octohost.role': 'attended', 'octohost.deploy': '01abc' },
      HostConfig: { LogConfig: { Type: 'none' }, RestartPolicy: { Name: 'no' }, PidsLimit: 1024 },
    });
  },
);
