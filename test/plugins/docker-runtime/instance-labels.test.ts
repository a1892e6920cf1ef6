import { describe, expect, it } from 'vitest';
import { instanceLabels, parseInstance } from '../../../plugins/docker-runtime/instance-labels.ts';
import { startRequest } from './requests.ts';

const bindings = [{ port: 80, protocol: 'tcp' as const, hostAddress: '127.0.0.1', hostPort: 20_001 }];
const labels = instanceLabels(startRequest({}, { bindings }), 'abcd1234');

describe('The labels of an instance', () => {
  it('tell the instance', () => {
    expect(parseInstance({ id: 'c1', name: '/octohost-app-01abc-2', labels })).toEqual({
      id: 'c1',
      name: 'octohost-app-01abc-2',
      site: 'app',
      release: 7,
      deploy: '01abc',
      spec: 'd1',
      bindings,
    });
  });

  it.each([
    { name: 'no label at all', change: undefined },
    { name: 'no site', change: { 'octohost.site': '' } },
    { name: 'a site that is none', change: { 'octohost.site': '../x' } },
    { name: 'a release that is no number', change: { 'octohost.release': '1e3' } },
    { name: 'no deploy', change: { 'octohost.deploy': '' } },
    { name: 'no spec digest', change: { 'octohost.spec': '' } },
    { name: 'bindings that are no JSON', change: { 'octohost.bindings': '[' } },
    { name: 'bindings that are none', change: { 'octohost.bindings': '[{"port":80}]' } },
  ])('with $name tell nothing', ({ change }) => {
    const found = change && { ...labels, ...change };
    expect(parseInstance({ id: 'c1', name: 'x', labels: found })).toBeUndefined();
  });
});
