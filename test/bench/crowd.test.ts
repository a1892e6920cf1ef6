import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crowdEngine, crowdQuestion, nameOf } from './crowd.ts';

const id = 'ab'.repeat(32);
const listed = JSON.stringify([
  { Id: id, Labels: { 'octohost.site': 'crowd-model' }, Names: ['/crowd-model-1'] },
  { Id: 'ef'.repeat(32), Labels: { 'octohost.site': 'other' } },
]);

describe('a crowd of sites', () => {
  it('stands in the list of all containers beside what is real', () => {
    const told = JSON.parse(crowdQuestion('/v1.41/containers/json?all=true')?.tell(listed, 2) ?? '') as {
      Id: string;
      Names?: string[];
    }[];
    expect(told).toHaveLength(4);
    expect(told.map(({ Names }) => Names?.[0])).toEqual([
      '/crowd-model-1',
      undefined,
      '/crowd-00000-1',
      '/crowd-00001-1',
    ]);
    expect(new Set(told.map(({ Id }) => Id)).size).toBe(4);
  });

  it('has a list of one of its sites from the model’s', () => {
    const asked = crowdQuestion(`/containers/json?filters=octohost.site%3D${nameOf(7)}`);
    expect(asked?.url).toBe('/containers/json?filters=octohost.site%3Dcrowd-model');
    expect(asked?.tell('{"Names":["/crowd-model-1"]}', 9)).toBe('{"Names":["/crowd-00007-1"]}');
  });

  it('has the facts of a container that is listed from the model’s', () => {
    const [, , first] = JSON.parse(crowdQuestion('/containers/json?all=1')?.tell(listed, 1) ?? '') as {
      Id: string;
    }[];
    const asked = crowdQuestion(`/v1.41/containers/${first?.Id}/json`);
    expect(asked?.url).toBe(`/v1.41/containers/${id.slice(0, 59)}/json`);
    expect(JSON.parse(asked?.tell(JSON.stringify({ Id: id, Name: '/crowd-model-1' }), 1) ?? '')).toEqual({
      Id: first?.Id,
      Name: '/crowd-00000-1',
    });
  });

  it.each([
    '/v1.41/events',
    '/images/json',
    `/containers/${id}/json`,
    '/containers/create?name=app-1',
    '/containers/json?filters=octohost.site%3Dcrowd-model',
  ])('leaves %s to the engine', (url) => {
    expect(crowdQuestion(url)).toBeUndefined();
  });

  it('lets a build talk to the engine in another protocol', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'octo-crowd-'));
    const engine = createServer().on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      socket.on('data', (data: Buffer) => void socket.end(`heard ${data.toString()}`));
    });
    await new Promise<void>((listening) => engine.listen(join(folder, 'engine'), listening));
    const crowd = await crowdEngine(`unix://${join(folder, 'engine')}`, join(folder, 'crowd'));
    try {
      const headers = { connection: 'Upgrade', upgrade: 'h2c' };
      const asked = request({ socketPath: join(folder, 'crowd'), method: 'POST', path: '/session', headers });
      asked.end();
      const [, socket] = (await once(asked, 'upgrade')) as [unknown, Socket];
      socket.write('hello');
      expect(String(await once(socket, 'data'))).toBe('heard hello');
      socket.destroy();
    } finally {
      crowd.close();
      engine.close();
      await rm(folder, { recursive: true });
    }
  });
});
