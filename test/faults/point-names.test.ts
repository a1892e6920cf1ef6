import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/index.ts';
import { keys } from '../../core/keys.ts';
import { callName, conversationName, gitCommand, requestName } from './point-names.ts';

const app = parseSiteName('app');
const set = (key: string, value = '') => ({ kind: 'set', key, value }) as const;
const transact = (...operations: object[]) => callName('store', 'transact', [operations]);

describe('a call of a role', () => {
  it('has the name of its role and method', () => {
    expect(callName('runtime', 'start', [])).toBe('runtime.start');
  });

  it('that writes to the store says what', () => {
    expect(transact(set(keys.port('127.0.0.1', 20_000)), set(keys.port('127.0.0.1', 20_001)))).toBe(
      'store.transact ports',
    );
    expect(transact(set(keys.retiring(app)), set(keys.routes))).toBe('store.transact retiring+routes');
    expect(transact({ kind: 'delete', key: keys.setting(app, 'X') })).toBe('store.transact settings');
  });

  it('that moves a pointer is called after it, whatever else it writes', () => {
    expect(transact(set(keys.release(app, 2)), set(keys.pointer(app)), set(keys.routes))).toBe(
      'store.transact pointer',
    );
  });

  it('that takes a lease or gives it back says which, and a beat is none of both', () => {
    const lease = keys.lease('site/app');
    const beat = set(keys.heartbeat('site/app'));
    expect(transact(set(lease, '{"number":1,"holder":{"pid":1}}'), beat)).toBe(
      'store.transact lease site taken',
    );
    expect(transact(set(lease, '{"number":1,"holder":null}'))).toBe('store.transact lease site given back');
    expect(transact({ kind: 'check', key: lease, expect: 1 }, beat)).toBe('store.transact heartbeats');
  });

  it('that writes nothing is no change', () => {
    expect(transact({ kind: 'check', key: keys.lease('x'), expect: 1 })).toBeUndefined();
  });
});

it.each([
  { method: 'POST', url: '/containers/create?name=x', name: 'docker POST containers/create' },
  { method: 'POST', url: '/v1.41/containers/0a1b/start', name: 'docker POST containers/start' },
  { method: 'DELETE', url: '/images/octohost%2Fapp:x', name: 'docker DELETE images' },
  { method: 'POST', url: '/build?t=x', name: 'docker POST build' },
  { method: 'GET', url: '/version', name: undefined },
])('the request $method $url is $name', ({ method, url, name }) => {
  expect(requestName(method, url)).toBe(name);
});

describe('git', () => {
  it.each([
    { words: ['-c', 'a=b', '--git-dir', '/x.git', 'update-ref', '--stdin'], command: 'update-ref' },
    { words: ['-c', 'safe.directory=/x', 'receive-pack', '/x'], command: 'receive-pack' },
    { words: ['--version'], command: undefined },
  ])('$words is $command', ({ words, command }) => {
    expect(gitCommand(words)).toBe(command);
  });

  it.each([
    {
      said: ['start', 'update refs/heads/main', '11', '00', 'prepare'],
      name: 'git.update-ref prepare heads',
    },
    { said: ['commit'], name: 'git.update-ref commit' },
    {
      said: [
        'start',
        'update refs/octohost/releases/app/1',
        '11',
        '',
        'delete refs/octohost/pending/0/heads/main',
        '',
        'commit',
      ],
      name: 'git.update-ref set octohost/releases+octohost/pending',
    },
    { said: ['abort'], name: undefined },
    { said: [], name: undefined },
  ])('that is told $said: $name', ({ said, name }) => {
    expect(conversationName(said.map((line) => `${line}\0`).join(''))).toBe(name);
  });
});
