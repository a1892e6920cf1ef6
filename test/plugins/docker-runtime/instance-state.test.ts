import { describe, expect, it } from 'vitest';
import { instanceState } from '../../../plugins/docker-runtime/instance-state.ts';

const at = '2026-01-01T00:00:00Z';
const state = (given: object) => ({ Status: 'running', Running: true, StartedAt: at, ExitCode: 0, ...given });

describe('The state of a container', () => {
  it.each([
    { name: 'that runs', given: {}, is: { running: true } },
    {
      name: 'that ended well',
      given: { Status: 'exited', Running: false },
      is: { running: false, exitCode: 0 },
    },
    {
      name: 'that was killed for its memory',
      given: { Status: 'exited', Running: false, ExitCode: 137, OOMKilled: true },
      is: { running: false, exitCode: 137, outOfMemory: true },
    },
    {
      name: 'that waits to be started again',
      given: { Status: 'restarting', Restarting: true, ExitCode: 1 },
      is: { running: false, exitCode: 1, returning: true },
    },
    { name: 'that is held still', given: { Paused: true }, is: { running: true, paused: true } },
    { name: 'that was never started', given: { Status: 'created', Running: false }, is: { running: false } },
  ])('$name is $is', ({ given, is }) => {
    const HostConfig = { RestartPolicy: { Name: 'no' } };
    expect(instanceState({ State: state(given), RestartCount: 3, HostConfig }, true)).toEqual({
      startedAt: at,
      restarts: 3,
      kept: false,
      ...is,
    });
  });

  it('says whether it was kept', () => {
    const kept = (Name: string) =>
      instanceState({ State: state({}), HostConfig: { RestartPolicy: { Name } } }, true).kept;
    expect([kept('no'), kept('unless-stopped')]).toEqual([false, true]);
  });

  it.each([
    { what: 'of the first network that gives it one', addresses: ['', '172.18.0.2'], address: '172.18.0.2' },
    { what: 'none, where it has ended', addresses: [''], address: undefined },
    { what: 'none, where the engine is on another host', addresses: ['172.18.0.2'], isHere: false },
  ])('has an address: $what', ({ addresses, address, isHere = true }) => {
    const all = addresses.map((IPAddress, index) => [`net${index}`, { IPAddress }]);
    const NetworkSettings = { Networks: Object.fromEntries(all) };
    const found = instanceState({ State: state({}), HostConfig: {}, NetworkSettings }, isHere);
    expect(found.address).toBe(address);
  });

  it.each([
    { what: 'none', Health: undefined, health: undefined },
    { what: 'none that counts', Health: { Status: 'none' }, health: undefined },
    {
      what: 'one that has said nothing yet',
      Health: { Status: 'starting', Log: null },
      health: { status: 'starting', lines: [] },
    },
    {
      what: 'one that has spoken',
      Health: { Status: 'unhealthy', Log: [{ Output: 'old' }, { Output: 'no\nmore\n' }] },
      health: { status: 'unhealthy', lines: ['no', 'more'] },
    },
  ])('has a health check of its own: $what', ({ Health, health }) => {
    expect(instanceState({ State: state({ Health }), HostConfig: {} }, true).health).toEqual(health);
  });
});
