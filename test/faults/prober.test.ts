/** The prober counts what clients see, an answer that breaks off included. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { probe } from './prober.ts';

it('counts an answer that breaks off after its head as no answer, and goes on', async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    if (++asked > 1) response.end('whole');
    else response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const prober = probe({ httpUrl: `http://127.0.0.1:${port}` }, 'shop.localhost');
    await expect.poll(() => asked).toBeGreaterThan(2);
    const answers = await prober.stop();
    expect(answers.get('0')).toBe(1);
    expect(answers.get('whole')).toBeGreaterThan(0);
  } finally {
    server.close();
  }
});
