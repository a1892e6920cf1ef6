/** What makes two worlds the same: everything but ids, times and numbers that only grow. */
import { describe, expect, it } from 'vitest';
import { baseOf, difference, type Found, factsOf } from './facts.ts';

const empty: Found = {
  containers: [],
  images: [],
  volumes: [],
  networks: [],
  store: [],
  files: {},
  refs: {},
  published: {},
  served: {},
};

/** A site that runs one instance of its last release. */
function world(number: number, port: number, more: Partial<Found> = {}): Found {
  const deploy = `deploy${number}`;
  const id = String(number).repeat(64).slice(0, 64);
  const revision = String(number).repeat(40).slice(0, 40);
  const release = {
    site: 'app',
    number,
    deploy,
    revision,
    image: { id: `sha256:${id}`, tag: `octohost/i/app:${deploy}` },
    environment: 'e'.repeat(64),
    settings: 's'.repeat(64),
    spec: `spec${number}`,
    createdAt: `2026-11-25T10:00:0${number}.000Z`,
  };
  return {
    ...empty,
    containers: [
      {
        id,
        name: `octohost-app-${deploy}-1`,
        labels: { 'octohost.site': 'app', 'octohost.release': String(number), 'octohost.deploy': deploy },
        state: 'running',
        restart: 'unless-stopped',
        bound: [`127.0.0.1:${port}`],
      },
    ],
    images: [{ id: `sha256:${id}`, tags: [`octohost/i/app:${deploy}`] }],
    store: [
      { key: `octohost-state/releases/app/0000000${number}`, value: JSON.stringify(release) },
      { key: 'octohost-state/sites/app', value: JSON.stringify({ site: 'app', release: number }) },
      { key: `octohost-state/ports/127.0.0.1/${port}`, value: JSON.stringify({ site: 'app', deploy }) },
      { key: 'octohost-state/leases/site/app', value: JSON.stringify({ number, holder: null }) },
    ],
    files: { 'nginx/nginx.conf': `app 127.0.0.1:${port};`, 'store.sqlite': undefined },
    refs: { app: { 'refs/heads/main': revision, [`refs/octohost/releases/app/${number}`]: revision } },
    ...more,
  };
}

const facts = (found: Found) => factsOf(found, baseOf(found), 'app');
const changed = (before: Found, after: Found) =>
  difference(factsOf(before, baseOf(before), 'app'), factsOf(after, baseOf(before), 'app'));

describe('worlds', () => {
  it('say a host port that a site asks for as it is, also where the port rests since an earlier release', () => {
    const rests = {
      key: 'octohost-state/ports/127.0.0.1/8053',
      value: '{"site":"app","freedAt":"2026-01-01T00:00:00.000Z"}',
    };
    const { containers, store, ...others } = world(1, 20001);
    const asking = containers.map((one) => ({ ...one, bound: [...one.bound, '127.0.0.1:8053'] }));
    const found = { ...others, containers: asking, store: [...store, rests] };
    expect(facts(found).find((line) => line.startsWith('container'))).toMatch(/ 127\.0\.0\.1:8053$/);
  });

  it('that differ in ids, ports, numbers and times only are the same', () => {
    expect(facts(world(1, 20_000))).toEqual(facts(world(7, 23_456)));
  });

  it('are changed in the same way by two deploys that do the same', () => {
    expect(changed(world(1, 20_000), world(2, 20_001))).toEqual(changed(world(7, 23_456), world(8, 20_002)));
    expect(changed(world(1, 20_000), world(2, 20_001))).not.toEqual([]);
  });

  it('that have what stays for history are the same', () => {
    const before = world(1, 20_000);
    const store = [
      ...before.store,
      { key: 'octohost-state/deploys/app/x', value: '{"phase":"failed"}' },
      { key: 'octohost-state/traces/app/deploy2', value: '{"site":"app","milliseconds":2629}' },
      { key: 'octohost-state/ports/127.0.0.1/20009', value: '{"freedAt":"2026-01-01T00:00:00.000Z"}' },
    ];
    const files = { ...before.files, 'deploys/app/x.log': undefined, 'nginx/logs/error.log': undefined };
    expect(changed(before, { ...before, store, files })).toEqual([]);
  });

  const left: { what: string; more: (one: Found) => Partial<Found>; line: RegExp }[] = [
    {
      what: 'a container that does not come back by itself',
      more: ({ containers }) => ({ containers: containers.map((one) => ({ ...one, restart: 'no' })) }),
      line: /^\+ container .* restarts no/,
    },
    {
      what: 'a container too many',
      more: ({ containers }) => ({ containers: [...containers, ...containers] }),
      line: /^\+ container /,
    },
    {
      what: 'the image of a deploy that is no release',
      more: ({ images }) => ({ images: [...images, { id: 'x', tags: ['octohost/i/app:other'] }] }),
      line: /^\+ image octohost\/i\/app:other/,
    },
    {
      what: 'a port that is reserved',
      more: ({ store }) => ({
        store: [...store, { key: 'octohost-state/ports/127.0.0.1/20009', value: '{"site":"app"}' }],
      }),
      line: /^\+ .*ports/,
    },
    {
      what: 'a lease that is held',
      more: ({ store }) => ({
        store: [...store, { key: 'octohost-state/leases/door/app', value: '{"holder":{"pid":7}}' }],
      }),
      line: /^\+ lease door\/app is held/,
    },
    {
      what: 'a deploy that seems to run',
      more: ({ store }) => ({
        store: [...store, { key: 'octohost-state/deploys/app/x', value: '{"phase":"running"}' }],
      }),
      line: /^\+ deploy of app\/x still runs/,
    },
    {
      what: 'a file',
      more: ({ files }) => ({ files: { ...files, 'nginx/nginx.conf.1.candidate': 'text' } }),
      line: /^\+ nginx\/nginx\.conf\.1\.candidate: text/,
    },
    {
      what: 'a lock of git',
      more: ({ files }) => ({ files: { ...files, 'repositories/app.git/refs/heads/main.lock': undefined } }),
      line: /main\.lock/,
    },
    {
      what: 'another way for requests',
      more: ({ files }) => ({ files: { ...files, 'nginx/nginx.conf': 'app 127.0.0.1:1;' } }),
      line: /^\+ nginx\/nginx\.conf: app 127\.0\.0\.1:1;/,
    },
    { what: 'a volume', more: () => ({ volumes: ['v'] }), line: /^\+ volume v/ },
    { what: 'a network', more: () => ({ networks: ['n'] }), line: /^\+ network n/ },
    {
      what: 'a ref',
      more: ({ refs }) => ({ refs: { app: { ...refs['app'], 'refs/octohost/pending/0/heads/main': '1' } } }),
      line: /pending/,
    },
    { what: 'another answer', more: () => ({ served: { app: '503' } }), line: /^\+ app answers 503/ },
  ];
  it.each(left)('with $what left over are not', ({ more, line }) => {
    const before = world(1, 20_000);
    expect(changed(before, { ...before, ...more(before) })).toContainEqual(expect.stringMatching(line));
  });
});

it('a difference counts how often a line is there', () => {
  expect(difference(['a', 'a', 'b'], ['a', 'c'])).toEqual(['- a', '- b', '+ c']);
});
