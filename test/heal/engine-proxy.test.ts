import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../contracts/fixture.ts';
import { startEngineProxy } from './engine-proxy.ts';

const told = '{"Type":"container","Action":"update","Actor":{"ID":"x"}}';

it('an event that the engine told is told again, as often as asked', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'octo-proxy-'));
  const engine = createServer((_, answer) => {
    answer.writeHead(200);
    answer.flushHeaders();
    answer.write(`${told}\n`);
  });
  engine.listen(join(dir, 'engine'));
  await once(engine, 'listening');
  const proxy = await startEngineProxy(`unix://${join(dir, 'engine')}`, join(dir, 'proxy'));
  const asked = request({ socketPath: join(dir, 'proxy'), path: '/v1.44/events?filters=x' });
  asked.end();
  const [stream] = (await once(asked, 'response')) as [IncomingMessage];
  let heard = '';
  stream.on('data', (chunk: Buffer) => {
    heard += chunk.toString('utf8');
  });
  await eventually('the event', async () => proxy.lastUpdate() === told);
  await proxy.repeat(told, 10_000);
  await eventually('all of them', async () => heard.length === 10_001 * (told.length + 1));
  expect(new Set(heard.trim().split('\n'))).toEqual(new Set([told]));
  stream.destroy();
  proxy.close();
  engine.closeAllConnections();
  engine.close();
  await rm(dir, { recursive: true });
});
