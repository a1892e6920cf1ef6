/** What every provider of the role publisher keeps to. */
import { expect } from 'vitest';
import { isOctohostError, type Publisher, type Release, type SiteName } from '../../core/index.ts';
import { type Disposable, stepContext } from './fixture.ts';
import { type Check, check, registerSuite, type Suite } from './suite.ts';

export interface PublisherFixture extends Disposable {
  readonly publisher: Publisher;
  /** Two releases of one site, with different images that are on the machine. */
  readonly releases: readonly [Release, Release];
  /** A release of another site. */
  readonly other: Release;
  /** The digest, `sha256:…`, that the registry's tag of a site names; undefined where there is none. */
  readonly digestOf: (site: SiteName) => Promise<string | undefined>;
  /** Whether the image of a reference by digest is on the machine. */
  readonly isHere: (reference: string) => Promise<boolean>;
  /** Takes the image of a release off the machine. */
  readonly forget: (release: Release) => Promise<void>;
}

/** What a publisher may lack. */
export interface PublisherCapabilities {
  /** False: it keeps images and brings none back; it says so when it is asked to. */
  readonly pull: boolean;
}

const publishes: readonly Check<PublisherFixture>[] = [
  check('publishes nothing once the signal has aborted', async ({ publisher, releases, digestOf }) => {
    const [release] = releases;
    const before = await digestOf(release.site);
    await expect(publisher.publish(release, stepContext(AbortSignal.abort()))).rejects.toThrow();
    expect(await digestOf(release.site)).toBe(before);
  }),

  check(
    'pushes the image and returns where it is, by site and digest',
    async ({ publisher, releases, digestOf }) => {
      const [release] = releases;
      const reference = await publisher.publish(release, stepContext());
      expect(reference).toMatch(new RegExp(`^[^\\s/@]+/(?:\\S+/)?${release.site}@sha256:[0-9a-f]{64}$`));
      expect(await digestOf(release.site)).toBe(digestIn(reference));
    },
  ),

  check(
    'changes nothing when it publishes the same release again',
    async ({ publisher, releases, digestOf }) => {
      const [release] = releases;
      const first = await publisher.publish(release, stepContext());
      expect(await publisher.publish(release, stepContext())).toBe(first);
      expect(await digestOf(release.site)).toBe(digestIn(first));
    },
  ),

  check(
    'moves the tag of the site to what serves, and back after a rollback',
    async ({ publisher, releases, digestOf }) => {
      const [first, second] = releases;
      const before = await publisher.publish(first, stepContext());
      const after = await publisher.publish(second, stepContext());
      expect(after).not.toBe(before);
      expect(await digestOf(second.site)).toBe(digestIn(after));
      expect(await publisher.publish(first, stepContext())).toBe(before);
      expect(await digestOf(first.site)).toBe(digestIn(before));
    },
  ),

  check("leaves other sites' tags as they are", async ({ publisher, releases, other, digestOf }) => {
    const theirs = await publisher.publish(other, stepContext());
    await publisher.publish(releases[1], stepContext());
    expect(await digestOf(other.site)).toBe(digestIn(theirs));
  }),

  check('tells its output line by line', async ({ publisher, releases }) => {
    const context = stepContext();
    await publisher.publish(releases[0], context);
    expect(context.lines.filter((line) => /[\r\n]/.test(line))).toEqual([]);
  }),
];

const pulls: readonly Check<PublisherFixture>[] = [
  check('brings back what was published last', async ({ publisher, releases, forget, isHere }) => {
    const [first, second] = releases;
    await publisher.publish(first, stepContext());
    const reference = await publisher.publish(second, stepContext());
    await forget(second);
    expect(await publisher.pull(second.site, undefined, stepContext())).toBe(reference);
    expect(await isHere(reference)).toBe(true);
  }),

  check(
    'brings back an older one by its number, its digest and its whole reference',
    async ({ publisher, releases, isHere }) => {
      const [first, second] = releases;
      const reference = await publisher.publish(first, stepContext());
      await publisher.publish(second, stepContext());
      const digest = digestIn(reference);
      for (const wanted of [String(first.number), digest, reference]) {
        const context = stepContext();
        expect(await publisher.pull(first.site, wanted, context), wanted).toBe(reference);
        expect(context.lines.filter((line) => /[\r\n]/.test(line))).toEqual([]);
      }
      expect(await isHere(reference)).toBe(true);
    },
  ),

  check('explains what the registry does not have', async ({ publisher, releases }) => {
    await refused(publisher.pull(releases[0].site, '987654', stepContext()));
  }),

  check(
    "never brings another site's image, and nothing that is no name",
    async ({ publisher, releases, other }) => {
      const theirs = await publisher.publish(other, stepContext());
      for (const wanted of [theirs, `../${other.site}`, '--all', 'a b', ''])
        await refused(publisher.pull(releases[0].site, wanted, stepContext()));
    },
  ),

  check('pulls nothing once the signal has aborted', async ({ publisher, releases }) => {
    await publisher.publish(releases[0], stepContext());
    const pulled = publisher.pull(releases[0].site, undefined, stepContext(AbortSignal.abort()));
    await expect(pulled).rejects.toThrow();
  }),
];

async function refused(work: Promise<unknown>): Promise<void> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(isOctohostError(error)).toBe(true);
  expect(isOctohostError(error) && error.hint).toMatch(/\S/);
}

function digestIn(reference: string): string | undefined {
  return reference.split('@')[1];
}

const withoutPull = check<PublisherFixture>(
  'explains that it brings nothing back',
  async ({ publisher, releases }) => {
    await publisher.publish(releases[0], stepContext());
    await refused(publisher.pull(releases[0].site, undefined, stepContext()));
  },
);

export function publisherSuite(capabilities: Partial<PublisherCapabilities> = {}): Suite<PublisherFixture> {
  const { pull } = { pull: true, ...capabilities };
  return { role: 'publisher', seconds: 300, checks: [...publishes, ...(pull ? pulls : [withoutPull])] };
}

/** Registers the suite with vitest. */
export function publisherContract(
  name: string,
  create: () => Promise<PublisherFixture>,
  capabilities?: Partial<PublisherCapabilities>,
): void {
  registerSuite(publisherSuite(capabilities), name, create);
}
