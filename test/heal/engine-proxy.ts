/** Stands between an agent and the Docker Engine: passes everything on, and tells an event as often as it is asked to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

export interface EngineProxy {
  readonly dockerHost: string;
  /** The last event that the engine told of a container's change, as it stood in the stream. */
  readonly lastUpdate: () => string | undefined;
  /** Tells a line of the stream so many times to whoever listens; returns when all of it is written. */
  repeat(line: string, times: number): Promise<void>;
  close(): Promise<void>;
}

/** @param engine the socket of the engine. @param path of the proxy's own */
export async function startEngineProxy(engine: string, path: string): Promise<EngineProxy> {
  const listening = new Set<ServerResponse>();
  let update: string | undefined;
  const note = (chunk: Buffer) => {
    update =
      chunk
        .toString('utf8')
        .split('\n')
        .findLast((line) => line.includes('"Action":"update"')) ?? update;
  };
  const server = createServer((asked, answer) => {
    const options = { socketPath: engine, path: asked.url, method: asked.method, headers: asked.headers };
    const passed = request(options, (answered: IncomingMessage) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answer.flushHeaders();
      if (/^(\/v[\d.]+)?\/events/.test(asked.url ?? '')) {
        listening.add(answer);
        answered.on('data', note);
      }
      pipeline(answered, answer)
        .catch(() => answer.destroy())
        .finally(() => listening.delete(answer));
    });
    answer.on('close', () => passed.destroy());
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    dockerHost: `unix://${path}`,
    lastUpdate: () => update,
    async repeat(line, times) {
      for (const answer of listening)
        for (let turn = 0; turn < times; turn++)
          if (!answer.write(`${line}\n`)) await Promise.race([once(answer, 'drain'), once(answer, 'close')]);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
