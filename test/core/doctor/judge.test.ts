import { describe, expect, it } from 'vitest';
import {
  judgeAgent,
  judgeClock,
  judgeDisks,
  judgeParts,
  judgePorts,
  judgeUnusable,
} from '../../../core/doctor/judge.ts';
import { judgeLeader } from '../../../plugins/consul/check.ts';
import { judgeEngine, judgeRoom } from '../../../plugins/docker-runtime/checks.ts';
import { judgeRunning } from '../../../plugins/nginx-router/checks.ts';

describe('findings', () => {
  it.each([
    { free: 100, state: 'failed' },
    { free: 300, state: 'warning' },
    { free: 5000, state: 'ok' },
  ])('of a disk with $free MB are $state', ({ free, state }) => {
    expect(
      judgeDisks(
        [
          { path: '/a', freeMegabytes: 9000 },
          { path: '/b', freeMegabytes: free },
        ],
        256,
      ),
    ).toMatchObject({
      state,
      message: `/a has 9000 MB free, /b has ${free} MB free; a build is begun with 256 MB.`,
    });
  });

  it('of a clock that was set back name how far', () => {
    const now = Date.parse('2026-11-26T12:00:00Z');
    expect(judgeClock(now, undefined).state).toBe('ok');
    expect(judgeClock(now, now + 30_000).state).toBe('ok');
    expect(judgeClock(now, now + 90_000)).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('90 s'),
    });
  });

  it.each([
    { barred: 0, state: 'ok' },
    { barred: 90, state: 'warning' },
    { barred: 100, state: 'failed' },
  ])('of a range with $barred of 100 ports barred are $state', ({ barred, state }) => {
    expect(judgePorts({ first: 1, last: 100, barred }).state).toBe(state);
  });

  it('of an agent tell whether it lives', () => {
    expect(judgeAgent(undefined).state).toBe('ok');
    expect(judgeAgent({ host: 'h', alive: true, pid: 7, out: [] })).toMatchObject({ state: 'ok' });
    expect(judgeAgent({ host: 'h', alive: false, out: [] })).toMatchObject({ state: 'warning' });
  });

  it('of parts name those that are away', () => {
    const parts = [
      { name: 'nginx', version: '1.22' },
      { name: 'Consul', problem: 'connection refused' },
    ];
    expect(judgeParts(parts).map(({ state, message }) => `${state} ${message}`)).toEqual([
      'failed Consul: connection refused',
      'ok nginx 1.22.',
    ]);
    expect(judgeParts([])).toEqual([]);
  });

  it('of what cannot be used name each', () => {
    expect(judgeUnusable([])).toMatchObject([{ state: 'ok' }]);
    const one = { where: 'store', name: 'octohost/app/X', problem: 'is no text', site: 'app' } as never;
    expect(judgeUnusable([one])).toMatchObject([
      { site: 'app', message: 'octohost/app/X of the store is no text.' },
    ]);
  });

  it('of an engine name a clock that goes otherwise', () => {
    const info = (time: string) => ({ ServerVersion: '20.10', DockerRootDir: '/d', SystemTime: time });
    const now = Date.parse('2026-11-26T12:00:00Z');
    expect(judgeEngine(info('2026-11-26T12:00:01Z'), now, now + 100).state).toBe('ok');
    expect(judgeEngine(info('2026-11-26T11:59:00Z'), now, now + 100)).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('60 s'),
    });
  });

  it.each([
    { bavail: 50, ffree: 500, state: 'failed' },
    { bavail: 500, ffree: 500, state: 'warning' },
    { bavail: 5000, ffree: 0, state: 'failed' },
    { bavail: 5000, ffree: 5, state: 'warning' },
    { bavail: 5000, ffree: 500, state: 'ok' },
  ])('of room for images with $bavail MB and $ffree inodes are $state', ({ state, ...disk }) => {
    expect(judgeRoom('/d', { bsize: 1024 * 1024, files: 1000, ...disk }).state).toBe(state);
  });

  it('of a Consul without a leader are failed', () => {
    expect(judgeLeader('http://c', '').state).toBe('failed');
    expect(judgeLeader('http://c', '10.0.0.1:8300').state).toBe('ok');
  });

  const at = { address: '127.0.0.1', port: 80 };
  it.each([
    { facts: { isWanted: true, master: 7, generation: 'a', isTaken: true }, state: 'ok', says: 'process 7' },
    {
      facts: { isWanted: true, master: 7, generation: 'a', isTaken: false },
      state: 'failed',
      says: 'nobody listens',
    },
    {
      facts: { isWanted: false, master: undefined, generation: undefined, isTaken: false },
      state: 'ok',
      says: 'No route',
    },
    {
      facts: { isWanted: true, master: undefined, generation: undefined, isTaken: false },
      state: 'failed',
      says: 'does not run',
    },
    {
      facts: { isWanted: true, master: undefined, generation: 'a', isTaken: true },
      state: 'failed',
      says: 'master is gone',
    },
    {
      facts: { isWanted: true, master: undefined, generation: undefined, isTaken: true },
      state: 'failed',
      says: 'another program',
    },
    {
      facts: { isWanted: false, master: undefined, generation: undefined, isTaken: true },
      state: 'warning',
      says: 'another program',
    },
  ] as const)('of nginx: $says is $state', ({ facts, state, says }) => {
    expect(judgeRunning({ ...facts, ...at })).toMatchObject({
      state,
      message: expect.stringContaining(says),
    });
  });
});
