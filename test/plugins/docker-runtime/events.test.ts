import { describe, expect, it } from 'vitest';
import { parseEvent } from '../../../plugins/docker-runtime/events.ts';

const labels = {
  'octohost.installation': 'abcdef01',
  'octohost.site': 'app',
  'octohost.release': '3',
  'octohost.deploy': 'd1',
  'octohost.spec': 'a'.repeat(32),
  'octohost.index': '1',
  'octohost.bindings': '[]',
};
const line = (more: object, attributes: object = {}) =>
  JSON.stringify({
    Type: 'container',
    Action: 'die',
    Actor: {
      ID: 'c'.repeat(64),
      Attributes: { ...labels, name: 'octohost-app-d1-1', exitCode: '1', ...attributes },
    },
    ...more,
  });

describe('an event of the engine', () => {
  it('tells of which instance it is, and what happened in the words of the engine', () => {
    expect(parseEvent(line({ Action: 'health_status: unhealthy' }))).toEqual([
      { id: 'c'.repeat(64), name: 'octohost-app-d1-1', site: 'app', what: 'health_status: unhealthy' },
    ]);
  });

  it.each([
    { what: 'an empty line', text: '' },
    { what: 'a task', text: line({}, { 'octohost.release': '' }) },
    { what: 'something without labels', text: line({ Actor: { ID: 'x' } }) },
    { what: 'something that did nothing', text: line({ Action: undefined }) },
  ])('says nothing of $what', ({ text }) => {
    expect(parseEvent(text)).toEqual([]);
  });
});
