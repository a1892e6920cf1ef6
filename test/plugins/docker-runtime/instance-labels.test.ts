import { describe, expect, it } from 'vitest';
import {
  instanceLabels,
  parseInstance,
  parseTask,
  taskLabels,
} from '../../../plugins/docker-runtime/instance-labels.ts';
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

describe('The labels of a task', () => {
  const request = { ...startRequest(), command: ['x'] };
  const ofTask = taskLabels(request, 'abcd1234', false);
  const container = { id: 'c1', name: '/octohost-app-01abc-task', labels: ofTask };

  it('tell the task, and no instance', () => {
    const task = { id: 'c1', name: 'octohost-app-01abc-task', site: 'app', deploy: '01abc' };
    expect(parseTask(container)).toEqual(task);
    expect(parseInstance(container)).toBeUndefined();
    expect(parseTask({ ...container, labels })).toBeUndefined();
  });

  it('tell that somebody is at it', () => {
    const attended = { ...container, labels: taskLabels(request, 'abcd1234', true) };
    expect(parseTask(attended)).toEqual({ ...parseTask(container), attended: true });
    expect(parseInstance({ ...attended, labels: { ...labels, ...attended.labels } })).toBeUndefined();
  });

  it('are of no other kind, whatever labels its image has', () => {
    const ofImage = { ...labels, ...ofTask, 'octohost.release': '1', 'octohost.spec': 'd1' };
    const found = { ...ofImage, ...ofTask };
    expect(parseInstance({ ...container, labels: found })).toBeUndefined();
    expect(parseTask({ ...container, labels: { ...ofImage, ...labels } })).toBeUndefined();
  });

  it('are not those of an instance that was started before instances had a role', () => {
    const { 'octohost.role': _, ...before } = labels;
    expect(parseInstance({ ...container, labels: before })).toMatchObject({ release: 7 });
  });

  it.each([{ 'octohost.role': 'other' }, { 'octohost.site': '../x' }, { 'octohost.deploy': '' }])(
    'with %s tell nothing',
    (change) => {
      expect(parseTask({ ...container, labels: { ...ofTask, ...change } })).toBeUndefined();
    },
  );
});
