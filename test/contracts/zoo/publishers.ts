/** Publishers that are wrong on purpose. */
import type { Publisher, SiteName } from '../../../core/index.ts';
import { publisherFixture } from '../../testing/memory-fixtures.ts';
import { type PublisherFixture, publisherSuite } from '../publisher.ts';
import { breeder, type Cage } from './wrong.ts';

const wrong = breeder<PublisherFixture, Publisher>(publisherFixture, (fixture, change) => ({
  ...fixture,
  publisher: { ...fixture.publisher, ...change(fixture.publisher) },
}));

const deaf = new AbortController().signal;

export const publishers: Cage<PublisherFixture> = {
  suite: publisherSuite(),
  wrong: [
    wrong(
      'does not hear that it should stop',
      'publishes nothing once the signal has aborted',
      ({ publish }) => ({ publish: (release, context) => publish(release, { ...context, signal: deaf }) }),
    ),
    wrong(
      'says something else than where the image is',
      'pushes the image and returns where it is, by site and digest',
      ({ publish }) => {
        let first = true;
        return {
          async publish(release, context) {
            const reference = await publish(release, context);
            const answer = first ? `pushed ${reference}` : reference;
            first = false;
            return answer;
          },
        };
      },
    ),
    wrong(
      'pushes another image each time',
      'changes nothing when it publishes the same release again',
      ({ publish }) => {
        let last = '';
        let again = 0;
        return {
          async publish(release, context) {
            context.signal.throwIfAborted();
            const same = release.deploy === last;
            last = release.deploy;
            if (!same || again++ > 0) return publish(release, context);
            return publish(
              { ...release, image: { ...release.image, id: `sha256:${'9'.repeat(64)}` } },
              context,
            );
          },
        };
      },
    ),
    wrong(
      'does not go back',
      'moves the tag of the site to what serves, and back after a rollback',
      ({ publish }) => {
        const newest = new Map<SiteName, number>();
        return {
          async publish(release, context) {
            context.signal.throwIfAborted();
            const { site, number, image } = release;
            if (number < (newest.get(site) ?? 0)) return `registry.test/${site}@${image.id}`;
            newest.set(site, number);
            return publish(release, context);
          },
        };
      },
    ),
    wrong('has one tag for all sites', "leaves other sites' tags as they are", ({ publish }) => {
      const sites = new Set<SiteName>();
      return {
        async publish(release, context) {
          context.signal.throwIfAborted();
          sites.add(release.site);
          for (const site of sites)
            if (site !== release.site) await publish({ ...release, site, number: 77 }, context);
          return publish(release, context);
        },
      };
    }),
    wrong('tells several lines at once', 'tells its output line by line', ({ publish }) => ({
      async publish(release, context) {
        context.output('layer 1\rlayer 2');
        return publish(release, context);
      },
    })),
    wrong(
      'brings back what came first',
      'brings back what was published last',
      ({ publish, pull }, { releases }) => ({
        publish,
        pull: (site, reference, context) => pull(site, reference ?? String(releases[0].number), context),
      }),
    ),
    wrong(
      'knows no numbers',
      'brings back an older one by its number, its digest and its whole reference',
      ({ pull }) => ({
        async pull(site, reference, context) {
          if (/^\d$/.test(reference ?? '')) throw new Error('not found');
          return pull(site, reference, context);
        },
      }),
    ),
    wrong(
      'brings something where it has not what it is asked for',
      'explains what the registry does not have',
      ({ pull }) => ({
        pull: (site, reference, context) =>
          pull(site, /^\d{3,}$/.test(reference ?? '') ? undefined : reference, context),
      }),
    ),
    wrong(
      'brings whatever the registry has',
      "never brings another site's image, and nothing that is no name",
      ({ pull }, { other }) => ({
        pull: (site, reference, context) =>
          pull(reference?.includes(other.site) ? other.site : site, reference, context),
      }),
    ),
    wrong('pulls to the end', 'pulls nothing once the signal has aborted', ({ pull }) => ({
      pull: (site, reference, context) => pull(site, reference, { ...context, signal: deaf }),
    })),
    {
      what: 'claims to bring nothing back and does',
      caughtBy: 'explains that it brings nothing back',
      create: publisherFixture,
      suite: publisherSuite({ pull: false }),
    },
  ],
};
