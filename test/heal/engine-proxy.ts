/** Stands between an agent and the Docker Engine: passes everything on, and tells an event as often as it is asked to. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { proxyDocker } from '../faults/docker-proxy.ts';

export interface EngineProxy {
  readonly dockerHost: string;
  /** The last event of a container's change that the engine told, as it stood in the stream. */
  readonly lastUpdate: () => string | undefined;
  /** Tells a line of the stream so many times to whoever listens; returns when all of it is written. */
  repeat(line: string, times: number): Promise<void>;
  close(): void;
}

/** @param engine `unix:///path` of the engine. @param path of the proxy's own socket */
export async function startEngineProxy(engine: string, path: string): Promise<EngineProxy> {
  const listening = new Set<ServerResponse>();
  let update: string | undefined;
  const { dockerHost, close } = await proxyDocker(engine, path, ({ url = '' }, answer, client) => {
    if (!/^(\/v[\d.]+)?\/events/.test(url)) return;
    listening.add(client);
    client.on('close', () => listening.delete(client));
    answer.on('data', (chunk: Buffer) => {
      const lines = chunk.toString('utf8').split('\n');
      update = lines.findLast((line) => line.includes('"Action":"update"')) ?? update;
    });
  });
  return {
    dockerHost,
    close,
    lastUpdate: () => update,
    async repeat(line, times) {
      for (const client of listening)
        for (let turn = 0; turn < times; turn++)
          if (!client.write(`${line}\n`)) await Promise.race([once(client, 'drain'), once(client, 'close')]);
    },
  };
}
