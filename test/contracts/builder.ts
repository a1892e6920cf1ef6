/** What every provider of the role builder keeps to. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import {
  type Builder,
  type BuildRequest,
  type DeclaredOptions,
  type Image,
  isOctohostError,
  type SiteName,
  type Source,
} from '../../core/index.ts';
import { type Disposable, freshDeploy, freshSite, stepContext, useFixture } from './fixture.ts';

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

const perTestMs = 300_000;

/** What a builder may lack. */
export interface BuilderCapabilities {
  /** False: it builds nothing itself, so the arguments of a request change nothing. @default true */
  readonly buildArguments: boolean;
  /** False: its images stay on the engine that they are on. @default true */
  readonly transfer: boolean;
}

export function builderContract(
  name: string,
  create: () => Promise<BuilderFixture>,
  capabilities: BuilderCapabilities = { buildArguments: true, transfer: true },
): void {
  describe(`${name} keeps the contract of a builder`, { timeout: perTestMs }, () => {
    const fixture = useFixture(create);
    accepts(fixture);
    declares(fixture);
    builds(fixture);
    takesArguments(fixture, capabilities);
    discards(fixture);
    if (capabilities.transfer) transfers(fixture);
    else
      it('says that its images stay where they are', () =>
        expect(fixture().builder.transfer).toBeUndefined());
  });
}

type GetFixture = () => BuilderFixture;

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

function firstOf<Sample>(samples: readonly Sample[], list: string): Sample {
  const [first] = samples;
  if (!first) throw new Error(`The fixture has no ${list} source.`);
  return first;
}

function accepts(fixture: GetFixture): void {
  it('says for people what it builds', () => {
    expect(fixture().builder.builds).toMatch(/\S/);
  });

  it('accepts the sources that it builds, however often it is asked, and no other', async () => {
    const { builder, accepted, refused } = fixture();
    firstOf(accepted, 'accepted');
    firstOf(refused, 'refused');
    for (const { source, what } of [...accepted, ...accepted])
      expect(await builder.accepts(source), what).toBe(true);
    for (const { source, what } of refused) expect(await builder.accepts(source), what).toBe(false);
  });
}

function declares(fixture: GetFixture): void {
  it('tells before a build which run options a source asks for', async () => {
    const { builder, declaring } = fixture();
    firstOf(declaring, 'declaring');
    for (const { source, what, options } of declaring)
      expect(await builder.declares(source), what).toEqual(options);
  });
}

function builds(fixture: GetFixture): void {
  it('makes an image that is there, with a content id and the ports and volumes of the source', async () => {
    const { builder, accepted, exists } = fixture();
    for (const { source, what, image: wanted } of accepted) {
      const image = await builder.build(request(source), stepContext());
      expect(image.id, what).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect({ ports: image.ports, volumes: image.volumes }, what).toEqual(wanted);
      expect(await exists(image.id), what).toBe(true);
      await builder.discard(image);
    }
  });

  it('tells its output line by line', async () => {
    const { builder, accepted } = fixture();
    const context = stepContext();
    await builder.discard(await builder.build(request(firstOf(accepted, 'accepted').source), context));
    expect(context.lines.filter((line) => /[\r\n]/.test(line))).toEqual([]);
  });

  it('explains a source that it cannot build', async () => {
    const { builder, failing } = fixture();
    firstOf(failing, 'failing');
    for (const { source, what } of failing) {
      expect(await builder.accepts(source), what).toBe(true);
      const error = await builder.build(request(source), stepContext()).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(isOctohostError(error), what).toBe(true);
      expect(isOctohostError(error) && error.hint, what).toMatch(/\S/);
    }
  });

  it('builds nothing once the signal has aborted', async () => {
    const { builder, accepted } = fixture();
    const { source } = firstOf(accepted, 'accepted');
    await expect(builder.build(request(source), stepContext(AbortSignal.abort()))).rejects.toThrow();
  });
}

function discards(fixture: GetFixture): void {
  it('lets go of an image of its own, and leaves one that is not', async () => {
    const { builder, accepted, exists } = fixture();
    const { source } = firstOf(accepted, 'accepted');
    const image = await builder.build(request(source), stepContext());
    await builder.discard(image);
    expect(await exists(image.id)).toBe(image.tag === undefined);
  });

  it('knows an image of its own until it has let go of it', async () => {
    const { builder, accepted } = fixture();
    const image = await builder.build(request(firstOf(accepted, 'accepted').source), stepContext());
    expect(await builder.has(image)).toBe(image.tag !== undefined);
    await builder.discard(image);
    expect(await builder.has(image)).toBe(false);
  });

  it('lists what it made and has not let go of, by site', async () => {
    const { builder, accepted } = fixture();
    const { source } = firstOf(accepted, 'accepted');
    const [site, other] = [freshSite(), freshSite()];
    const build = (of: SiteName) => builder.build(request(source, { site: of }), stepContext());
    const mine = [await build(site), await build(site)];
    const theirs = await build(other);
    const listed = (of: SiteName, images: readonly Image[]) =>
      images.flatMap(({ id, tag }) => (tag === undefined ? [] : [{ id, tag, site: of }]));
    const byTag = async (of?: SiteName) =>
      (await builder.list(of)).toSorted((a, b) => (a.tag < b.tag ? -1 : 1));
    expect(await byTag(site)).toEqual(listed(site, mine).toSorted((a, b) => (a.tag < b.tag ? -1 : 1)));
    expect(await builder.list()).toEqual(
      expect.arrayContaining([...listed(site, mine), ...listed(other, [theirs])]),
    );
    for (const image of [...(await builder.list(site)), ...mine]) await builder.discard(image);
    expect(await builder.list(site)).toEqual([]);
    expect(await builder.list(other)).toEqual(listed(other, [theirs]));
    await builder.discard(theirs);
  });

  it('takes an image that is gone as discarded', async () => {
    const { builder, accepted } = fixture();
    const { source } = firstOf(accepted, 'accepted');
    const image = await builder.build(request(source), stepContext());
    await builder.discard(image);
    await expect(builder.discard(image)).resolves.toBeUndefined();
  });

  it('keeps an image for another deploy that built the same', async () => {
    const { builder, accepted, exists } = fixture();
    const { source } = firstOf(accepted, 'accepted');
    const site = freshSite();
    const before = await builder.build(request(source, { site }), stepContext());
    const after = await builder.build(request(source, { site }), stepContext());
    await builder.discard(before);
    expect(await exists(after.id)).toBe(true);
    await builder.discard(after);
  });
}

function takesArguments(fixture: () => BuilderFixture, { buildArguments }: BuilderCapabilities): void {
  it(`${buildArguments ? 'uses' : 'is not changed by'} the build arguments of the request`, async () => {
    const { builder, withArgument } = fixture();
    const build = (COLOUR: string) =>
      builder.build(request(withArgument, { arguments: { COLOUR } }), stepContext());
    const [blue, red] = [await build('blue'), await build('red')];
    expect(blue.id === red.id).toBe(!buildArguments);
    await Promise.all([builder.discard(blue), builder.discard(red)]);
  });
}

function transfers(fixture: GetFixture): void {
  const transferOf = (builder: Builder) => builder.transfer as NonNullable<Builder['transfer']>;
  const { signal } = new AbortController();

  it('brings images in as it took them out, and gives them no name', async () => {
    const { builder, accepted } = fixture();
    const image = await builder.build(request(firstOf(accepted, 'accepted').source), stepContext());
    const bytes = await buffer(await transferOf(builder).pack([image.id], signal));
    await builder.discard(image);
    const before = await builder.list();
    await transferOf(builder).unpack(() => Readable.from([bytes]), stepContext());
    expect(await builder.list()).toEqual(before);
    const asked = { site: freshSite(), deploy: freshDeploy(), id: image.id };
    const tag = await transferOf(builder).adopt(asked);
    expect(await builder.has({ id: image.id, tag: tag as string })).toBe(true);
    await builder.discard({ id: image.id, tag: tag as string });
  });

  it('keeps what it adopts for a site as if it had built it, under the same tag each time', async () => {
    const { builder, accepted } = fixture();
    const [site, deploy] = [freshSite(), freshDeploy()];
    const image = await builder.build(request(firstOf(accepted, 'accepted').source), stepContext());
    const tag = (await transferOf(builder).adopt({ site, deploy, id: image.id })) as string;
    expect(await transferOf(builder).adopt({ site, deploy, id: image.id })).toBe(tag);
    await builder.discard(image);
    const adopted = { id: image.id, tag };
    expect(await builder.has(adopted)).toBe(true);
    expect(await builder.list(site)).toEqual([{ ...adopted, site }]);
    await builder.discard(adopted);
    expect(await builder.has(adopted)).toBe(false);
    expect(await builder.list(site)).toEqual([]);
  });

  it('adopts nothing that is not there, and does not take it out either', async () => {
    const { adopt, pack } = transferOf(fixture().builder);
    const id = `sha256:${'0'.repeat(64)}`;
    expect(await adopt({ site: freshSite(), deploy: freshDeploy(), id })).toBeUndefined();
    await expect(pack([id], signal)).rejects.toThrow();
  });

  it('refuses what is no image', async () => {
    const { unpack } = transferOf(fixture().builder);
    await expect(unpack(() => Readable.from([Buffer.from('x')]), stepContext())).rejects.toThrow();
  });
}
