/** What the original did with 50 pushes, against what octohost does; and that a difference would be seen. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type Case, readCases } from './case.ts';
import { reportLines, runCorpus, type Verdict } from './report.ts';

const text = readFileSync(
  fileURLToPath(new URL('../fixtures/octohost-options.json', import.meta.url)),
  'utf8',
);
const cases = readCases(text);
const verdicts = await runCorpus(text);

const whysOf = ({ differences }: Verdict) =>
  [...new Set(differences.map(({ why }) => why ?? 'nobody wanted it'))].toSorted((a, b) => (a < b ? -1 : 1));

it.each(verdicts)('$id: $verdict', ({ differences }) => {
  expect(differences.filter(({ why }) => why === undefined)).toEqual([]);
});

it('ends with the summary', () => {
  expect(reportLines(verdicts).at(-1)).toMatch(/^50 cases, \d+ same, \d+ different on purpose, 0 different$/);
});

it.each([
  { id: 'add-name-prefix', whys: ['DOMAINS leaked', 'own ports', 'whole words'] },
  { id: 'expose-two-lines', whys: ['DOMAINS leaked', 'no JSON', 'own ports'] },
  { id: 'cname-inject', whys: ['CNAME refused'] },
  { id: 'kv-ssl-forced', whys: ['path refused'] },
  { id: 'kv-memory', whys: ['DOMAINS leaked', 'own ports', 'setting leaked'] },
  { id: 'env-newline', whys: ['DOMAINS leaked', 'own ports', 'value mangled'] },
  { id: 'link-missing', whys: ['DOMAINS leaked', 'accepted, not running', 'own ports'] },
])('$id differs by its own reasons alone', ({ id, whys }) => {
  expect(whysOf(verdicts.find((one) => one.id === id) as Verdict)).toEqual(whys);
});

describe('a difference that nobody wanted is told', () => {
  const changed = async (id: string, change: (one: Case) => Partial<Case>) => {
    const one = cases.find((each) => each.id === id) as Case;
    return (await runCorpus(JSON.stringify({ cases: [{ ...one, ...change(one) }] })))[0];
  };
  const withArgv = (more: string[]) => (one: Case) => ({
    docker_run_argv: [...more, ...(one.docker_run_argv ?? [])],
  });

  it.each([
    ['a name', 'expose-one', withArgv(['--name', 'expose-one'])],
    ['a host name', 'expose-one', withArgv(['-h', 'www.example.com'])],
    ['a link', 'link-one', withArgv(['--link', 'other:other'])],
    ['volumes', 'expose-one', withArgv(['--volumes-from', 'x'])],
    ['a mount', 'mount-same', withArgv(['-v', '/x:/x'])],
    ['a host port', 'ports-two-args', withArgv(['-p', '0.0.0.0:1:1'])],
    ['a limit', 'kv-memory', () => ({ kv: { MEMORY_LIMIT: '65m' } })],
    ['a variable', 'env-simple', withArgv(['-e', 'MORE=1'])],
    ['a value', 'env-simple', () => ({ kv: { RAILS_ENV: 'production', MORE: '1' }, containers_started: 2 })],
    ['how many', 'kv-containers-3', () => ({ containers_started: 2 })],
    ['a domain', 'cname-one', () => ({ domains: 'cname-one.octo.test' })],
    ['a service', 'expose-one', () => ({ service_payloads: [] })],
    ['a tag', 'tags-kv', () => ({ kv: { CONSUL_TAGS: 'other' } })],
    ['a check', 'kv-check', () => ({ kv: { CUSTOM_CHECK: 'http://127.0.0.1/other' } })],
    ['a refusal', 'kv-memory-bad', () => ({ containers_started: 1 })],
    ['the site', 'expose-one', () => ({ base: 'other' })],
  ])('in %s (%s)', async (_what, id, change) => {
    expect((await changed(id, change))?.verdict).toBe('different');
  });

  const asMain = (one: Case): Case => {
    const renamed = JSON.stringify(one).replaceAll('branch-dev-dev', 'branch-dev-main');
    return { ...(JSON.parse(renamed) as Case), branch: 'main' };
  };

  it.each([
    ['branch-dev', asMain],
    ['ports-two-args', () => ({ kv: { CONTAINERS: '2' } })],
    [
      'link-one',
      () => ({
        docker_run_argv: [
          '-P',
          '-d',
          '-e',
          'CONTAINER_NAME=link-one',
          '--link',
          'link-one_redis\r:redis\r',
          'x',
        ],
      }),
    ],
    ['no-http-proxy', () => ({ kv: { NO_HTTP_PROXY: 'no' }, dockerfile: 'FROM busybox\nEXPOSE 8080\n' })],
    ['mount-same', withArgv([])],
  ])('%s with a change that is meant is different on purpose', async (id, change) => {
    const done = await changed(id, change);
    expect(done?.differences.filter(({ why }) => why === undefined)).toEqual([]);
  });

  it('a push without a Dockerfile is refused here', async () => {
    const done = await changed('expose-one', () => ({ dockerfile: null, docker_run_argv: null }));
    expect(done && whysOf(done)).toEqual(['no Dockerfile']);
  });
});
