import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import {
  adoptedFor,
  adoptedTag,
  buildOptions,
  builtImages,
  chooseEngine,
  isOwnTag,
} from '../../../plugins/dockerfile-builder/build-call.ts';

const request = {
  site: parseSiteName('my_app'),
  deploy: '01abc',
  source: { kind: 'image', reference: '' } as const,
  arguments: { A: '1' },
  noCache: true,
};
const place = {
  installation: 'abcd1234',
  engine: 'buildkit',
  dockerfile: 'Dockerfile',
  pulls: true,
} as const;

describe('A build', () => {
  it('is asked for with the tag of its deploy', () => {
    expect(buildOptions(request, place)).toMatchObject({
      t: 'octohost/abcd1234/my_app:01abc',
      dockerfile: 'Dockerfile',
      buildargs: { A: '1', BUILDKIT_CACHE_MOUNT_NS: 'octohost/abcd1234/my_app' },
      nocache: true,
      version: '2',
    });
  });

  it('labels its image with what does not change between deploys only', () => {
    expect(buildOptions(request, place).labels).toEqual({
      'octohost.installation': 'abcd1234',
      'octohost.site': 'my_app',
    });
  });

  it('that pulls nothing is no less BuildKit’s, and gets no session from dockerode', () => {
    const { version } = buildOptions(request, { ...place, pulls: false });
    expect(version).not.toBe('2');
    expect(String(version)).toBe('2');
  });

  it('of the classic builder names no version', () => {
    const options = buildOptions(request, { ...place, engine: 'classic' });
    expect(options).not.toHaveProperty('version');
    // It warns of arguments that no line takes.
    expect(options.buildargs).toEqual({ A: '1' });
  });

  it.each([
    { version: { apiVersion: '1.41', os: 'linux' }, engine: 'buildkit' },
    { version: { apiVersion: '1.39', os: 'linux' }, engine: 'buildkit' },
    { version: { apiVersion: '2.0', os: 'linux' }, engine: 'buildkit' },
    { version: { apiVersion: '1.38', os: 'linux' }, engine: 'classic' },
    { version: { apiVersion: '1.41', os: 'windows' }, engine: 'classic' },
    { version: { apiVersion: '', os: 'linux' }, engine: 'classic' },
  ])('of $version is done by $engine', ({ version, engine }) => {
    expect(chooseEngine(version)).toBe(engine);
  });
});

describe('A tag', () => {
  it.each([
    { tag: 'octohost/abcd1234/app:1', own: true },
    { tag: 'octohost/abcd12345/app:1', own: false },
    { tag: 'octohost/other/app:1', own: false },
    { tag: 'busybox:1', own: false },
  ])('$tag is own: $own', ({ tag, own }) => {
    expect(isOwnTag('abcd1234', tag)).toBe(own);
  });
});

describe('The tag of an adopted image', () => {
  it('says whose it is, and for which site', () => {
    const tag = adoptedTag('abcd1234', 'my_app', '01abc');
    expect(tag).toBe('octohost/abcd1234/my_app:from.01abc');
    expect(adoptedFor('abcd1234', tag)).toBe('my_app');
  });

  it.each([
    'octohost/abcd1234/my_app:01abc',
    'octohost/abcd12345/my_app:from.01abc',
    'octohost/abcd1234/../x:from.01abc',
    'octohost/abcd1234/my_app',
    'x/octohost/abcd1234/my_app:from.01abc',
  ])('is not %s', (tag) => {
    expect(adoptedFor('abcd1234', tag)).toBeUndefined();
  });
});

describe('The images of a listing', () => {
  const mine = { 'octohost.installation': 'abcd1234', 'octohost.site': 'my_app' };
  const tag = 'octohost/abcd1234/my_app:01abc';
  const site = parseSiteName('my_app');

  it.each([
    { what: 'ours is told with its site', found: { RepoTags: [tag], Labels: mine }, tags: [tag] },
    {
      what: 'of two deploys is told twice, without the tags of other people',
      found: { RepoTags: [tag, 'mine:latest', 'octohost/abcd1234/my_app:02'], Labels: mine },
      tags: [tag, 'octohost/abcd1234/my_app:02'],
    },
    { what: 'that only has our name is left out', found: { RepoTags: [tag], Labels: null }, tags: [] },
    {
      what: 'of another installation is left out',
      found: { RepoTags: [tag], Labels: { ...mine, 'octohost.installation': '00000000' } },
      tags: [],
    },
    {
      what: 'whose label is no site is left out',
      found: { RepoTags: [tag], Labels: { ...mine, 'octohost.site': '../x' } },
      tags: [],
    },
    {
      what: 'of another installation that was adopted is told with the site that it was adopted for',
      found: {
        RepoTags: ['octohost/abcd1234/my_app:from.01abc', 'octohost/00000000/x:from.02'],
        Labels: { 'octohost.installation': '00000000', 'octohost.site': 'x' },
      },
      tags: ['octohost/abcd1234/my_app:from.01abc'],
    },
    { what: 'without a tag is left out', found: { RepoTags: null, Labels: mine }, tags: [] },
  ])('$what', ({ found, tags }) => {
    const listed = builtImages('abcd1234', [{ Id: 'sha256:1', ...found }]);
    expect(listed).toEqual(tags.map((one) => ({ id: 'sha256:1', tag: one, site })));
  });
});
