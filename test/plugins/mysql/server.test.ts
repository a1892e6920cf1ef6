/** A server that does not go on is left when the command is stopped, and its connection is closed. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { withServer } from '../../../plugins/mysql/server.ts';

const servers: NetServer[] = [];
afterEach(() => {
  for (const one of servers.splice(0)) one.close();
});

interface Fake {
  readonly port: number;
  /** When a client waits for what never comes; gives its socket. */
  readonly waited: Promise<Socket>;
}

async function listen(server: NetServer, waited: Promise<Socket>): Promise<Fake> {
  servers.push(server);
  if (!server.listening) await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, waited };
}

/** Takes the connection, and never says anything. */
function silent(): Promise<Fake> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  return listen(createServer(resolve).listen(0, '127.0.0.1'), promise);
}

/** Lets anybody log in, and answers one statement. */
function stuck(): Promise<Fake> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    const answers = [packet(2, ok), packet(1, ok)];
    socket.write(packet(0, greeting));
    socket.on('data', () => {
      const answer = answers.shift();
      if (answer) socket.write(answer);
      else resolve(socket);
    });
  });
  return listen(server.listen(0, '127.0.0.1'), promise);
}

/** As the protocol of MySQL has it: three bytes of length, one of order. */
function packet(order: number, payload: Buffer): Buffer {
  const head = Buffer.from([0, 0, 0, order]);
  head.writeUIntLE(payload.length, 0, 3);
  return Buffer.concat([head, payload]);
}

const ok = Buffer.from([0, 0, 0, 2, 0, 0, 0]);
/** Version 10, connection 1, a salt, the abilities of protocol 4.1, the character set. */
const greeting = Buffer.from(
  '\x0a10.11.0-MariaDB\0\x01\0\0\0saltsalt\0\xff\xf7\x08\x02\0\x0f\0\x15' +
    `${'\0'.repeat(10)}saltsaltsalt\0mysql_native_password\0`,
  'latin1',
);

describe('a command that is stopped', () => {
  it.each([
    { while: 'the server does not say hello', fake: silent },
    { while: 'a statement goes on', fake: stuck },
  ])('ends and closes its connection while $while', async ({ fake }) => {
    const { port, waited } = await fake();
    const stop = new AbortController();
    const options = { host: '127.0.0.1', port, username: 'octohost', clients: '%' };
    const done = withServer({ options, environment: {}, signal: stop.signal }, (server) =>
      server.run('CREATE DATABASE shop'),
    );
    const socket = await waited;
    const closed = once(socket, 'close');
    socket.resume().on('error', () => {});
    const reason = new Error('interrupted');
    stop.abort(reason);
    await expect(done).rejects.toBe(reason);
    await closed;
  });
});
