/** One HTTP request by Node's own client, and everything that decides what it counts as. */
import { type Agent, type IncomingMessage, request } from 'node:http';
import type { Attempt } from './tally.ts';

export interface Target {
  readonly port: number;
  readonly host: string;
  /** The client's own address: who is it decides to which of several instances it goes. */
  readonly from: string;
}

export interface Sent {
  readonly path: string;
  /** Left out: a connection of its own, which is closed after the answer. */
  readonly agent?: Agent;
  /** Left out: a GET. Chunks of a POST, as they come. */
  readonly body?: AsyncIterable<Buffer>;
  /** Reads the answer; the text that it returns is why the request counts as lost. */
  judge(response: IncomingMessage): Promise<string | undefined>;
}

const patienceMs = 20_000;

export function exchange({ port, host, from }: Target, sent: Sent): Promise<Attempt> {
  const method = sent.body ? 'POST' : 'GET';
  return new Promise((resolve) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      path: sent.path,
      method,
      localAddress: from,
      headers: { host },
      agent: sent.agent ?? false,
    });
    let before = 0;
    let socket: { readonly bytesRead: number } | undefined;
    const end = (failure: string | undefined) => {
      clearTimeout(timer);
      const bytes = socket ? socket.bytesRead - before : 0;
      resolve({ method, reused: asked.reusedSocket, bytes, ...(failure ? { failure } : {}) });
    };
    const fail = (error: Error) => end((error as NodeJS.ErrnoException).code ?? error.message);
    const timer = setTimeout(() => asked.destroy(new Error(`no answer within ${patienceMs} ms`)), patienceMs);
    asked.on('socket', (used) => {
      socket = used;
      before = used.bytesRead;
    });
    asked.on('error', fail);
    asked.on('response', (response) => {
      if (response.statusCode !== 200) response.resume();
      const judged =
        response.statusCode === 200 ? sent.judge(response) : Promise.resolve(String(response.statusCode));
      judged.then(end, fail);
    });
    if (sent.body) writeAll(asked, sent.body).catch(() => {});
    else asked.end();
  });
}

/** What the server thinks of it comes as an answer or an error of the request itself. */
async function writeAll(asked: ReturnType<typeof request>, body: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of body) asked.write(chunk);
  asked.end();
}

/** The whole text of an answer; an answer that is cut off throws. */
export async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) text += chunk;
  return text;
}
