import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { isWhole, surplusOf } from '../../core/reach.ts';
import type { Release } from '../../core/release.ts';
import { makeRelease } from '../contracts/fixture.ts';

const site = parseSiteName('app');

/** A release of its own image and configuration, unless it is told otherwise. */
function release(number: number, more: { image?: string; tag?: string | null; tls?: string } = {}): Release {
  const { image = `image-${number}`, tag = `tag-${number}`, tls } = more;
  return makeRelease(
    site,
    { id: image, ...(tag === null ? {} : { tag }), ports: [], volumes: [] },
    { number, environment: `env-${number}`, settings: `set-${number}`, ...(tls ? { route: { tls } } : {}) },
  );
}

const imagesOf = (releases: readonly Release[]) =>
  releases.flatMap(({ image: { id, tag } }) => (tag ? [{ id, tag, site }] : []));
const contentsOf = (releases: readonly Release[]) =>
  new Set(
    releases.flatMap(({ environment, settings, route }) => [
      environment,
      settings,
      ...(route?.tls ? [route.tls] : []),
    ]),
  );
const all = (releases: readonly Release[], needed: readonly number[] = []) => ({
  releases,
  needed: new Set(needed),
  images: imagesOf(releases),
  contents: contentsOf(releases),
});
const tags = (surplus: ReturnType<typeof surplusOf>) => surplus.images.map(({ tag }) => tag);

describe('what a site does not need', () => {
  const seven = [1, 2, 3, 4, 5, 6, 7].map((number) => release(number));

  it('is what only releases before the last ones have', () => {
    const surplus = surplusOf(all(seven), 5);
    expect(tags(surplus)).toEqual(['tag-1', 'tag-2']);
    expect(surplus.contents).toEqual(['env-1', 'set-1', 'env-2', 'set-2']);
    expect(surplus.releases).toEqual([1, 2]);
  });

  it('is never of the current release, or of one whose instances still run', () => {
    const surplus = surplusOf(all(seven, [1, 3]), 2);
    expect(tags(surplus)).toEqual(['tag-2', 'tag-4', 'tag-5']);
    expect(surplus.releases).toEqual([2, 4, 5]);
  });

  it('is nothing where there are no more releases than are kept', () => {
    expect(surplusOf(all(seven), 7)).toEqual({ images: [], contents: [], releases: [] });
  });

  it('is no image that a release within reach has too, nor the configuration beside it', () => {
    const releases = [release(1), release(2, { image: 'image-1', tag: 'tag-1' })];
    expect(surplusOf(all(releases), 1)).toEqual({ images: [], contents: [], releases: [] });
  });

  it('is no configuration that a release within reach has too', () => {
    const old = { ...release(1), environment: 'env-2' };
    expect(surplusOf(all([old, release(2)]), 1).contents).toEqual(['set-1']);
  });

  it('is an old certificate, and not the one in force', () => {
    const releases = [release(1, { tls: 'old' }), release(2, { tls: 'new' })];
    expect(surplusOf(all(releases), 1).contents).toEqual(['env-1', 'set-1', 'old']);
  });

  it('is an image that no release has: its deploy was killed', () => {
    const killed = { id: 'image-9', tag: 'tag-9', site };
    const holdings = all(seven);
    const surplus = surplusOf({ ...holdings, images: [...holdings.images, killed] }, 7);
    expect(surplus).toEqual({ images: [killed], contents: [], releases: [] });
  });

  it('names no release that could not be gone back to anyway', () => {
    const holdings = { ...all(seven), images: imagesOf(seven.slice(1)) };
    expect(surplusOf(holdings, 5).releases).toEqual([2]);
  });
});

describe('a release is whole', () => {
  const one = release(1);
  it.each([
    { what: 'with its image and configuration', is: true, given: all([one]), of: one },
    { what: 'without its image', is: false, given: { ...all([one]), images: [] }, of: one },
    {
      what: 'without its configuration',
      is: false,
      given: { ...all([one]), contents: new Set<string>() },
      of: one,
    },
    {
      what: "with somebody else's image, wherever that is",
      is: true,
      given: { ...all([one]), images: [] },
      of: release(1, { tag: null }),
    },
  ])('$what: $is', ({ is, given, of }) => {
    expect(isWhole(of, given.images, given.contents)).toBe(is);
  });
});
