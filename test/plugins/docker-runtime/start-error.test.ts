import { describe, expect, it } from 'vitest';
import { isRefusal, startError } from '../../../plugins/docker-runtime/start-error.ts';

const bindings = [2000, 20_000].map((hostPort) => ({
  port: hostPort,
  protocol: 'tcp' as const,
  hostAddress: '127.0.0.1',
  hostPort,
}));

describe('A container that does not start', () => {
  it.each([
    'driver failed programming external connectivity on endpoint x (1f): Bind for 127.0.0.1:20000 failed: port is already allocated',
    'driver failed programming external connectivity on endpoint x (1f): Error starting userland proxy: listen tcp4 127.0.0.1:20000: bind: address already in use',
    'failed to set up container networking: failed to bind host port 127.0.0.1:20000/tcp: address already in use',
  ])('names the port that is taken: %s', (words) => {
    const error = startError('x', words, bindings, undefined);
    expect(error).toMatchObject({
      code: 'E_PORT_TAKEN',
      message: expect.stringContaining('127.0.0.1:20000'),
    });
  });

  it('tells the words of any other reason', () => {
    const words = 'exec: "nix": executable file not found in $PATH: unknown';
    expect(startError('x', words, bindings, undefined)).toMatchObject({
      code: 'E_START_FAILED',
      message: expect.stringContaining(words),
    });
  });

  it('blames no port of an instance that has none', () => {
    expect(startError('x', 'address already in use', [], undefined).code).toBe('E_START_FAILED');
  });
});

it.each([
  { status: 400, refusal: true },
  { status: 404, refusal: true },
  { status: 500, refusal: false },
  { status: undefined, refusal: false },
])('an answer of $status to the making of a container is a refusal: $refusal', ({ status, refusal }) => {
  expect(isRefusal(status)).toBe(refusal);
});
