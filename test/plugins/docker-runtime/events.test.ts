import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { eventsIn } from '../../../plugins/docker-runtime/events.ts';

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

const owner = { installation: 'abcdef01', adopted: async () => [] };

describe('an event of the engine', () => {
  it('tells of which instance it is, and what happened in the words of the engine', async () => {
    expect(await eventsIn(line({ Action: 'health_status: unhealthy' }), owner)).toEqual([
      { id: 'c'.repeat(64), name: 'octohost-app-d1-1', site: 'app', what: 'health_status: unhealthy' },
    ]);
  });

  it.each([
    { what: 'an empty line', text: '' },
    { what: 'a task', text: line({}, { 'octohost.release': '' }) },
    { what: 'something without labels', text: line({ Actor: { ID: 'x' } }) },
    { what: 'another installation', text: line({}, { 'octohost.installation': 'abcdef02' }) },
    { what: 'something that did nothing', text: line({ Action: undefined }) },
  ])('says nothing of $what', async ({ text }) => {
    expect(await eventsIn(text, owner)).toEqual([]);
  });

  it('tells of a container that was taken over, which has no label, and of no other one', async () => {
    const [id, name] = ['d'.repeat(64), 'distracted_wing'];
    const adopted = {
      id,
      name,
      site: parseSiteName('app'),
      release: 1,
      deploy: 'd',
      spec: 's',
      bindings: [],
    };
    const died = (ID: string, attributes: object = { name }) =>
      JSON.stringify({ Action: 'die', Actor: { ID, Attributes: attributes } });
    const takenOver = { ...owner, adopted: async () => [adopted] };
    expect(await eventsIn(died(id), takenOver)).toEqual([{ id, name, site: 'app', what: 'die' }]);
    expect(await eventsIn(died('e'.repeat(64)), takenOver)).toEqual([]);
    const others = died(id, { name, 'octohost.installation': 'abcdef02' });
    expect(await eventsIn(others, takenOver)).toEqual([]);
  });
});
