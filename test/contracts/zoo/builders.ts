/** Builders that are wrong on purpose. */
import type { Builder } from '../../../core/index.ts';
import { builderFixture } from '../../testing/memory-fixtures.ts';
import { type BuilderFixture, builderSuite } from '../builder.ts';
import { breeder, type Cage } from './wrong.ts';

const wrong = breeder<BuilderFixture, Builder>(builderFixture, (fixture, change) => ({
  ...fixture,
  builder: { ...fixture.builder, ...change(fixture.builder) },
}));

export const builders: Cage<BuilderFixture> = {
  suite: builderSuite(),
  wrong: [
    wrong('does not say what it builds', 'says for people what it builds', () => ({ builds: ' ' })),
    wrong(
      'takes whatever there is',
      'accepts the sources that it builds, however often it is asked, and no other',
      () => ({ accepts: async () => true }),
    ),
    wrong(
      'does not read what a source asks for',
      'tells before a build which run options a source asks for',
      () => ({ declares: async () => undefined }),
    ),
    wrong(
      'knows no UDP',
      'makes an image that is there, with a content id and the ports and volumes of the source',
      ({ build }) => ({
        async build(request, context) {
          const image = await build(request, context);
          return { ...image, ports: image.ports.map(({ port }) => ({ port, protocol: 'tcp' })) };
        },
      }),
    ),
    wrong('tells several lines at once', 'tells its output line by line', ({ build }) => ({
      async build(request, context) {
        const image = await build(request, context);
        context.output('step 1\nstep 2');
        return image;
      },
    })),
    wrong('does not explain', 'explains a source that it cannot build', ({ build }) => ({
      build: (request, context) =>
        build(request, context).catch((error: Error) => {
          throw context.signal.aborted ? error : new Error('exit code 1');
        }),
    })),
    wrong('does not hear that it should stop', 'builds nothing once the signal has aborted', ({ build }) => ({
      build: (request, context) => build(request, { ...context, signal: new AbortController().signal }),
    })),
    wrong('does not hand arguments on', 'uses the build arguments of the request', ({ build }) => ({
      build: (request, context) => build({ ...request, arguments: {} }, context),
    })),
    wrong(
      'says that it let go and does not',
      'lets go of an image of its own, and leaves one that is not',
      ({ has, list }) => {
        const gone = new Set<string | undefined>();
        return {
          discard: async ({ tag }) => void gone.add(tag),
          has: async (image) => !gone.has(image.tag) && has(image),
          list: async (site) => (await list(site)).filter(({ tag }) => !gone.has(tag)),
        };
      },
    ),
    wrong('knows every image', 'knows an image of its own until it has let go of it', () => ({
      has: async () => true,
    })),
    wrong(
      'lists the images of all sites',
      'lists what it made and has not let go of, by site',
      ({ list }) => ({ list: () => list() }),
    ),
    wrong(
      'lets go only of what is there',
      'takes an image that is gone as discarded',
      ({ discard, has }) => ({
        async discard(image) {
          if (!(await has(image))) throw new Error('not found');
          await discard(image);
        },
      }),
    ),
    wrong(
      'lets go of all that has the same content',
      'keeps an image for another deploy that built the same',
      ({ discard, list }) => ({
        async discard(image) {
          const site = (await list()).find(({ tag }) => tag === image.tag)?.site;
          for (const other of site ? await list(site) : []) if (other.id === image.id) await discard(other);
        },
      }),
    ),
    {
      what: 'claims to take no arguments and does',
      caughtBy: 'is not changed by the build arguments of the request',
      create: builderFixture,
      suite: builderSuite({ buildArguments: false }),
    },
  ],
};
