/** Containers that were taken over, as the engine tells of them later. */
import type Docker from 'dockerode';
import { describe, expect, it } from 'vitest';
import { type Instance, parseSiteName } from '../../../core/index.ts';
import { bindingsNow } from '../../../plugins/docker-runtime/adopted-bindings.ts';
import { listOwn } from '../../../plugins/docker-runtime/containers.ts';
import type { DockerClient } from '../../../plugins/shared/docker-client.ts';

const binding = { port: 80, protocol: 'tcp', hostAddress: '127.0.0.1', hostPort: 49_153 } as const;
const listed = (PublicPort: number, IP = '0.0.0.0', PrivatePort = 80) => ({
  IP,
  PrivatePort,
  PublicPort,
  Type: 'tcp',
});

describe('where a container that was taken over is reached', () => {
  it.each([
    { what: 'where the engine chose another port', ports: [listed(49_160)], hostPort: 49_160 },
    { what: 'at the same port', ports: [listed(49_160), listed(49_153)], hostPort: 49_153 },
    { what: 'by IPv4, not by IPv6', ports: [listed(49_161, '::'), listed(49_160)], hostPort: 49_160 },
    { what: 'at its own address', ports: [listed(49_160, '127.0.0.1')], hostPort: 49_160 },
    { what: 'not at another address', ports: [listed(49_160, '10.0.0.1')], hostPort: 49_153 },
    { what: 'by its own port alone', ports: [listed(49_160, '0.0.0.0', 81)], hostPort: 49_153 },
    { what: 'where it was, while it does not run', ports: [], hostPort: 49_153 },
    { what: 'where it was, unpublished', ports: [{ PrivatePort: 80, Type: 'tcp' }], hostPort: 49_153 },
  ])('is $what', ({ ports, hostPort }) => {
    expect(bindingsNow([binding], ports)).toEqual([{ ...binding, hostPort }]);
  });

  it('is one place where two have become one', () => {
    expect(bindingsNow([binding, { ...binding, hostPort: 49_154 }], [listed(49_160)])).toHaveLength(1);
  });
});

it('is told by the list of instances, and who is gone is not in it', async () => {
  const instance = (id: string): Instance => ({
    id,
    name: id,
    site: parseSiteName('app'),
    release: 1,
    deploy: 'd1',
    spec: 's',
    bindings: [binding],
  });
  const all = [{ Id: 'a'.repeat(64), Names: ['/wing'], Labels: {}, Ports: [listed(49_160)] }];
  const docker = {
    listContainers: async ({ filters }: { filters: { id?: string[] } }) =>
      filters.id ? all.filter(({ Id }) => filters.id?.includes(Id)) : [],
  } as unknown as Docker;
  const client: Pick<DockerClient, 'use'> = { use: (work) => work(docker) };
  const adopted = ['a', 'b'].map((letter) => instance(letter.repeat(64)));
  const found = await listOwn(client as DockerClient, {
    installation: 'abcdef01',
    adopted: async () => adopted,
  });
  expect(found.map(({ id, bindings }) => [id[0], bindings[0]?.hostPort])).toEqual([['a', 49_160]]);
});
