import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askTcp } from '../../../core/checks/ask-tcp.ts';
import { freePort } from '../../contracts/free-port.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Listens, and does this with each connection. */
async function listening(greet: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    greet(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const quiet = () => listening(() => {});
const closing = () => listening((socket) => socket.destroy());
const place = (port: number, own: boolean) => ({ address: '127.0.0.1', port, own });
const ask = (ports: readonly number[], own: boolean) =>
  askTcp(
    ports.map((port) => place(port, own)),
    5_000,
    new AbortController().signal,
  );

describe("at an instance's own address", () => {
  it.each([
    { what: 'listens', greet: quiet },
    { what: 'listens, and closes at once', greet: closing },
  ])('a server that $what accepts', async ({ greet }) => {
    const port = await greet();
    expect(await ask([port], true)).toEqual({ is: 'good', text: `127.0.0.1:${port} accepts connections` });
  });

  it('nobody at the port is none', async () => {
    const port = await freePort();
    expect(await ask([port], true)).toEqual({ is: 'none', text: `connect ECONNREFUSED 127.0.0.1:${port}` });
  });

  it('one of several ports is enough; without any, each one is told', async () => {
    const [dead, other, alive] = [await freePort(), await freePort(), await quiet()];
    expect(await ask([dead, alive], true)).toMatchObject({ is: 'good' });
    const none = await ask([dead, other], true);
    expect(none.is).toBe('none');
    expect(none.text).toMatch(new RegExp(`:${dead}; .*:${other}$`));
  });
});

describe('where something that forwards may accept for it', () => {
  it('a connection that is held is good', async () => {
    expect(await ask([await quiet()], false)).toMatchObject({ is: 'good' });
  });

  it('so is one that is closed with a word', async () => {
    expect(await ask([await listening((socket) => socket.end('bye\n'))], false)).toMatchObject({
      is: 'good',
    });
  });

  it('one that is closed at once says nothing', async () => {
    const port = await closing();
    expect(await ask([port], false)).toMatchObject({ is: 'none' });
  });
});

it('a place that does not accept in time is none', async () => {
  // Addresses for documentation: nobody answers there.
  const answer = await askTcp(
    [{ address: '192.0.2.1', port: 9, own: true }],
    50,
    new AbortController().signal,
  );
  expect(answer.is).toBe('none');
});
