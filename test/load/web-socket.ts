/** A WebSocket session over a plain connection: a handshake, messages that come back, and an end by the client. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './exchange.ts';
import type { Attempt } from './tally.ts';

export interface Session {
  readonly messages: number;
  readonly everyMs: number;
  /** Why an answer of this version counts as lost. */
  judge(version: string): string | undefined;
}

const handshake = (host: string) =>
  [
    'GET / HTTP/1.1',
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    '',
    '',
  ].join('\r\n');

const patienceMs = 10_000;

export async function webSocket({ port, host, from }: Target, session: Session): Promise<Attempt> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from });
  const closed = new Promise<never>((_, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed by the other side')));
  });
  closed.catch(() => {});
  const next = async () => {
    const data = new Promise<string>((resolve) =>
      socket.once('data', (chunk) => resolve(chunk.toString('latin1'))),
    );
    const late = sleep(patienceMs, undefined, { ref: false }).then(() => {
      throw new Error(`nothing came back within ${patienceMs} ms`);
    });
    return Promise.race([data, closed, late]);
  };
  const talk = async (): Promise<string | undefined> => {
    socket.write(handshake(host));
    const answer = await next();
    if (!answer.startsWith('HTTP/1.1 101 ')) return answer.split('\r\n', 1)[0];
    for (let message = 0; message < session.messages; message++) {
      await Promise.race([sleep(session.everyMs), closed]);
      socket.write(frame(message));
      if ((await next()) !== frame(message).toString('latin1')) return 'another message came back';
    }
    return session.judge(/^x-version: (.*)$/m.exec(answer)?.[1] ?? '');
  };
  const failure = await talk().catch((error: Error) => error.message);
  const attempt = { method: 'GET', reused: false, bytes: socket.bytesRead } as const;
  socket.destroy();
  return failure === undefined ? attempt : { ...attempt, failure };
}

/** A text frame with its mask, as a client has to send it. */
function frame(message: number): Buffer {
  const text = Buffer.from(`message ${message}`);
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
}
