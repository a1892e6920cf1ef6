/** What every provider of the role builder keeps to. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'vitest';
import {
  type Builder,
  type BuildRequest,
  type DeclaredOptions,
  type Image,
  isOctohostError,
  type SiteName,
  type Source,
  type StepContext,
} from '../../core/index.ts';
import { type Disposable, freshDeploy, freshSite, stepContext } from './fixture.ts';
import { type Check, check, registerSuite, type Suite } from './suite.ts';

export interface BuilderSample {
  /** For messages: `a Dockerfile with two EXPOSEs`. */
  readonly what: string;
  readonly source: Source;
}

export interface BuilderFixture extends Disposable {
  readonly builder: Builder;
  /** What it accepts and builds, with what the image has then. At least one. */
  readonly accepted: readonly (BuilderSample & { readonly image: Pick<Image, 'ports' | 'volumes'> })[];
  /** What asks for run options, or for none. At least one. */
  readonly declaring: readonly (BuilderSample & { readonly options: DeclaredOptions | undefined })[];
  /** What it leaves to others. At least one. */
  readonly refused: readonly BuilderSample[];
  /** What it accepts and cannot build. At least one. */
  readonly failing: readonly BuilderSample[];
  /** A source that uses the build argument COLOUR, where the builder takes arguments; any other where it does not. */
  readonly withArgument: Source;
  /** Whether an image with this content id is on the machine. */
  readonly exists: (id: string) => Promise<boolean>;
}

/** What a builder may lack. */
export interface BuilderCapabilities {
  /** False: it builds nothing itself, so the arguments of a request change nothing. */
  readonly buildArguments: boolean;
  /** False: its images stay on the engine that they are on. @default true */
  readonly transfer: boolean;
}

/** Frozen, as the engine gives it. */
function request(source: Source, facts: Partial<BuildRequest> = {}): BuildRequest {
  return Object.freeze({
    site: freshSite(),
    deploy: freshDeploy(),
    source,
    arguments: Object.freeze({}),
    noCache: false,
    ...facts,
  });
}

/** What a check has at hand. */
interface Bench extends BuilderFixture {
  build(source: Source, facts?: Partial<BuildRequest>, context?: StepContext): Promise<Image>;
}

/** A check that lets go of everything that it built. */
function buildCheck(name: string, run: (bench: Bench) => Promise<void>): Check<BuilderFixture> {
  return check(name, async (fixture) => {
    const built: Image[] = [];
    const build: Bench['build'] = async (source, facts = {}, context = stepContext()) => {
      const image = await fixture.builder.build(request(source, facts), context);
      built.push(image);
      return image;
    };
    try {
      await run({ ...fixture, build });
    } finally {
      // How an image is discarded that is gone is for a check of its own.
      for (const image of built) await fixture.builder.discard(image).catch(() => {});
    }
  });
}

function firstOf<Sample>(samples: readonly Sample[], list: string): Sample {
  const [first] = samples;
  if (!first) throw new Error(`The fixture has no ${list} source.`);
  return first;
}

const accepts: readonly Check<BuilderFixture>[] = [
  check('says for people what it builds', async ({ builder }) => {
    expect(builder.builds).toMatch(/\S/);
  }),
  check(
    'accepts the sources that it builds, however often it is asked, and no other',
    async ({ builder, accepted, refused }) => {
      firstOf(accepted, 'accepted');
      firstOf(refused, 'refused');
      for (const { source, what } of [...accepted, ...accepted])
        expect(await builder.accepts(source), what).toBe(true);
      for (const { source, what } of refused) expect(await builder.accepts(source), what).toBe(false);
    },
  ),
];

const declares: readonly Check<BuilderFixture>[] = [
  check('tells before a build which run options a source asks for', async ({ builder, declaring }) => {
    firstOf(declaring, 'declaring');
    for (const { source, what, options } of declaring)
      expect(await builder.declares(source), what).toEqual(options);
  }),
];

const builds: readonly Check<BuilderFixture>[] = [
  buildCheck(
    'makes an image that is there, with a content id and the ports and volumes of the source',
    async ({ build, accepted, exists }) => {
      for (const { source, what, image: wanted } of accepted) {
        const image = await build(source);
        expect(image.id, what).toMatch(/^sha256:[0-9a-f]{64}$/);
        expect({ ports: image.ports, volumes: image.volumes }, what).toEqual(wanted);
        expect(await exists(image.id), what).toBe(true);
      }
    },
  ),
  buildCheck('tells its output line by line', async ({ build, accepted }) => {
    const context = stepContext();
    await build(firstOf(accepted, 'accepted').source, {}, context);
    expect(context.lines.filter((line) => /[\r\n]/.test(line))).toEqual([]);
  }),
  buildCheck('explains a source that it cannot build', async ({ builder, build, failing }) => {
    firstOf(failing, 'failing');
    for (const { source, what } of failing) {
      expect(await builder.accepts(source), what).toBe(true);
      const error = await build(source).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(isOctohostError(error), what).toBe(true);
      expect(isOctohostError(error) && error.hint, what).toMatch(/\S/);
    }
  }),
  buildCheck('builds nothing once the signal has aborted', async ({ build, accepted }) => {
    const { source } = firstOf(accepted, 'accepted');
    await expect(build(source, {}, stepContext(AbortSignal.abort()))).rejects.toThrow();
  }),
];

const discards: readonly Check<BuilderFixture>[] = [
  buildCheck(
    'lets go of an image of its own, and leaves one that is not',
    async ({ builder, build, accepted, exists }) => {
      const { source } = firstOf(accepted, 'accepted');
      const image = await build(source);
      await builder.discard(image);
      expect(await exists(image.id)).toBe(image.tag === undefined);
    },
  ),
  buildCheck('knows an image of its own until it has let go of it', async ({ builder, build, accepted }) => {
    const image = await build(firstOf(accepted, 'accepted').source);
    expect(await builder.has(image)).toBe(image.tag !== undefined);
    await builder.discard(image);
    expect(await builder.has(image)).toBe(false);
  }),
  buildCheck('lists what it made and has not let go of, by site', async ({ builder, build, accepted }) => {
    const { source } = firstOf(accepted, 'accepted');
    const [site, other] = [freshSite(), freshSite()];
    const buildFor = (of: SiteName) => build(source, { site: of });
    const mine = [await buildFor(site), await buildFor(site)];
    const theirs = await buildFor(other);
    const listed = (of: SiteName, images: readonly Image[]) =>
      images.flatMap(({ id, tag }) => (tag === undefined ? [] : [{ id, tag, site: of }]));
    const byTag = async (of?: SiteName) =>
      (await builder.list(of)).toSorted((a, b) => (a.tag < b.tag ? -1 : 1));
    expect(await byTag(site)).toEqual(listed(site, mine).toSorted((a, b) => (a.tag < b.tag ? -1 : 1)));
    expect(await builder.list()).toEqual(
      expect.arrayContaining([...listed(site, mine), ...listed(other, [theirs])]),
    );
    for (const image of mine) await builder.discard(image);
    expect(await builder.list(site)).toEqual([]);
    expect(await builder.list(other)).toEqual(listed(other, [theirs]));
  }),
  buildCheck('takes an image that is gone as discarded', async ({ builder, build, accepted }) => {
    const { source } = firstOf(accepted, 'accepted');
    const image = await build(source);
    await builder.discard(image);
    await expect(builder.discard(image)).resolves.toBeUndefined();
  }),
  buildCheck(
    'keeps an image for another deploy that built the same',
    async ({ builder, build, accepted, exists }) => {
      const { source } = firstOf(accepted, 'accepted');
      const site = freshSite();
      const before = await build(source, { site });
      const after = await build(source, { site });
      await builder.discard(before);
      expect(await exists(after.id)).toBe(true);
    },
  ),
];

function takesArguments({ buildArguments }: BuilderCapabilities): Check<BuilderFixture> {
  const name = `${buildArguments ? 'uses' : 'is not changed by'} the build arguments of the request`;
  return buildCheck(name, async ({ build, withArgument }) => {
    const painted = (COLOUR: string) => build(withArgument, { arguments: { COLOUR } });
    const [blue, red] = [await painted('blue'), await painted('red')];
    expect(blue.id === red.id).toBe(!buildArguments);
  });
}

/** What a builder does whose images can go to another engine, and come from one. */
const transferOf = (builder: Builder) => builder.transfer as NonNullable<Builder['transfer']>;
const transfers: readonly Check<BuilderFixture>[] = [
  buildCheck(
    'brings images in as it took them out, and gives them no name',
    async ({ build, builder, accepted }) => {
      const { signal } = new AbortController();
      const image = await build(firstOf(accepted, 'accepted').source);
      const bytes = await buffer(await transferOf(builder).pack([image.id], signal));
      await builder.discard(image);
      const before = await builder.list();
      await transferOf(builder).unpack(() => Readable.from([bytes]), stepContext());
      expect(await builder.list()).toEqual(before);
      const asked = { site: freshSite(), deploy: freshDeploy(), id: image.id };
      const tag = (await transferOf(builder).adopt(asked)) as string;
      expect(await builder.has({ id: image.id, tag })).toBe(true);
      await builder.discard({ id: image.id, tag });
    },
  ),
  buildCheck(
    'keeps what it adopts for a site as if it had built it, under the same tag each time',
    async ({ build, builder, accepted }) => {
      const asked = { site: freshSite(), deploy: freshDeploy() };
      const image = await build(firstOf(accepted, 'accepted').source);
      const tag = (await transferOf(builder).adopt({ ...asked, id: image.id })) as string;
      expect(await transferOf(builder).adopt({ ...asked, id: image.id })).toBe(tag);
      await builder.discard(image);
      const adopted = { id: image.id, tag };
      expect(await builder.has(adopted)).toBe(true);
      expect(await builder.list(asked.site)).toEqual([{ ...adopted, site: asked.site }]);
      await builder.discard(adopted);
      expect(await builder.list(asked.site)).toEqual([]);
    },
  ),
  check('adopts nothing that is not there, and does not take it out either', async ({ builder }) => {
    const { adopt, pack } = transferOf(builder);
    const id = `sha256:${'0'.repeat(64)}`;
    expect(await adopt({ site: freshSite(), deploy: freshDeploy(), id })).toBeUndefined();
    await expect(pack([id], new AbortController().signal)).rejects.toThrow();
  }),
  check('takes in nothing that is no image', async ({ builder }) => {
    const { unpack } = transferOf(builder);
    await expect(unpack(() => Readable.from([Buffer.from('x')]), stepContext())).rejects.toThrow();
  }),
];

const staysOnItsEngine = check<BuilderFixture>(
  'says that its images stay where they are',
  async ({ builder }) => {
    expect(builder.transfer).toBeUndefined();
  },
);

export function builderSuite(capabilities: Partial<BuilderCapabilities> = {}): Suite<BuilderFixture> {
  return {
    role: 'builder',
    seconds: 300,
    checks: [
      ...accepts,
      ...declares,
      ...builds,
      takesArguments({ buildArguments: true, transfer: true, ...capabilities }),
      ...discards,
      ...(capabilities.transfer === false ? [staysOnItsEngine] : transfers),
    ],
  };
}

/** Registers the suite with vitest. */
export function builderContract(
  name: string,
  create: () => Promise<BuilderFixture>,
  capabilities?: Partial<BuilderCapabilities>,
): void {
  registerSuite(builderSuite(capabilities), name, create);
}
