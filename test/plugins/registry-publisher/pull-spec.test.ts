import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { pulledDigest, pulledName, pullTarget } from '../../../plugins/registry-publisher/pull-spec.ts';

const place = { registry: 'reg:5000', repository: 'team' };
const repository = 'reg:5000/team/app';
const site = parseSiteName('app');
const digest = `sha256:${'a'.repeat(64)}`;

describe('The target of a pull', () => {
  it.each([
    { wanted: undefined, tag: 'latest', name: `${repository}:latest` },
    { wanted: '12', tag: '12', name: `${repository}:12` },
    { wanted: digest, tag: digest, name: `${repository}@${digest}` },
    { wanted: `${repository}:12`, tag: '12', name: `${repository}:12` },
    { wanted: `${repository}@${digest}`, tag: digest, name: `${repository}@${digest}` },
  ])('$wanted is $name', ({ wanted, tag, name }) => {
    const target = pullTarget(place, site, wanted);
    expect(target).toEqual({ repository, tag });
    expect(pulledName(target)).toBe(name);
  });

  it.each([
    '',
    '--all',
    'a b',
    '../other',
    'reg:5000/team/other:1',
    'reg:5000/team/app2:1',
    `${repository}:`,
    `${repository}:1@${digest}`,
    'docker.io/library/busybox',
    'sha256:abc',
    'x'.repeat(200),
  ])('%j is refused, and says what could be', (wanted) => {
    expect(() => pullTarget(place, site, wanted)).toThrow(
      expect.objectContaining({
        code: 'E_PULL_REFERENCE',
        exit: 2,
        hint: expect.stringContaining(`${repository}:12`),
      }),
    );
  });
});

describe('The digest of a pull', () => {
  it.each([
    { status: `Digest: ${digest}`, is: digest },
    { status: 'Digest: sha256:abc', is: undefined },
    { status: `Pulling ${digest}`, is: undefined },
    { status: undefined, is: undefined },
  ])('told as $status is $is', ({ status, is }) => {
    expect(pulledDigest(status === undefined ? {} : { status })).toBe(is);
  });
});
