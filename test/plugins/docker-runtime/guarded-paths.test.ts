import { expect, it } from 'vitest';
import { guardedPaths } from '../../../plugins/docker-runtime/guarded-paths.ts';

it('the sockets of this engine and the usual ones are guarded', () => {
  expect(guardedPaths({ kind: 'unix', path: '/tmp/i/docker.sock' })).toEqual(
    expect.arrayContaining(['/tmp/i/docker.sock', '/run/docker.sock', '/var/run/docker.sock']),
  );
  expect(guardedPaths({ kind: 'tcp', host: 'x', port: 2375 })).not.toContain(undefined);
});
