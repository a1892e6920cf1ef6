import { describe, expect, it } from 'vitest';
import { changedValue, payloadOf } from '../../../plugins/exec/payload.ts';

const spec = {
  site: 'app',
  image: 'i',
  environment: { KEY: 'secret' },
  ports: [],
  volumes: [],
  generation: 0,
};
const route = { site: 'app', domains: ['a.b'], upstreams: [], tls: { certificate: 'c', key: 'k' } };

describe('a payload', () => {
  it('has no secret unless it is asked for', () => {
    expect(payloadOf(spec, false)).toEqual({ ...spec, environment: {} });
    expect(payloadOf(route, false)).toEqual({ site: 'app', domains: ['a.b'], upstreams: [] });
    expect(payloadOf(spec, true)).toEqual(spec);
    expect(payloadOf(route, true)).toEqual(route);
  });

  it('has a tree by its id, and an error by its words', () => {
    const tree = { id: 't', read() {}, tar() {} };
    expect(payloadOf({ source: { kind: 'tree', tree }, error: new Error('no') }, false)).toEqual({
      source: { kind: 'tree', id: 't' },
      error: { message: 'no' },
    });
  });
});

describe('a changed value', () => {
  const change = (value: object, answer: object, secrets: boolean, hook: 'modifySpec' | 'modifyRoute') =>
    changedValue(hook, { ...value }, { file: 'f', text: JSON.stringify(answer), secrets });

  it('keeps what the executable did not see', () => {
    const answer = { ...spec, memoryLimit: 1, environment: { MORE: '1' } };
    expect(change(spec, answer, false, 'modifySpec')).toEqual({
      ...spec,
      memoryLimit: 1,
      environment: { KEY: 'secret', MORE: '1' },
    });
    expect(change(route, { ...payloadOf(route, false), domains: [] }, false, 'modifyRoute')).toEqual({
      ...route,
      domains: [],
    });
  });

  it('is all that the executable wrote where it saw everything', () => {
    expect(change(spec, { ...spec, environment: {} }, true, 'modifySpec')).toEqual({
      ...spec,
      environment: {},
    });
  });

  it('is the value as it was where nothing is written', () => {
    expect(changedValue('modifySpec', spec, { file: 'f', text: '\n', secrets: false })).toBe(spec);
  });
});
