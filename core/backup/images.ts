/** Images of a snapshot's releases: taken out of this host's engine, and brought into it. */
import type { Readable } from 'node:stream';
import { errors } from '../error-catalogue.ts';
import { messageOf } from '../errors.ts';
import type { SiteName } from '../grammar.ts';
import { imagesOf, transferOf } from '../images.ts';
import { isWhole } from '../reach.ts';
import type { Image } from '../release.ts';
import type { ImageTransfer, StepContext } from '../roles.ts';
import type { World } from '../world.ts';
import type { SiteSnapshot } from './snapshot.ts';

/** What a site's releases run, as one stream. */
export interface PackedImages {
  /** Content ids. */
  readonly ids: readonly string[];
  readonly tar: Readable;
}

/**
 * The images of all releases of a site that can be gone back to. Rejects where the current one, of others, is gone.
 * @throws E_NO_TRANSFER
 */
export async function packImages(
  { state, providers }: World,
  site: SiteName,
  signal: AbortSignal,
): Promise<PackedImages | undefined> {
  const transfer = transferOf(providers);
  if (!transfer) throw errors.E_NO_TRANSFER(undefined);
  const [pointer, releases, images, contents] = await Promise.all([
    state.pointer(site),
    state.releases(site),
    imagesOf(providers, site),
    state.contentKeys(site),
  ]);
  const needed = releases.filter((release) => {
    // One without a tag is somebody else's, and may be gone.
    const isKnown = release.image.tag !== undefined || release.number === pointer?.record.release;
    return isKnown && isWhole(release, images, contents);
  });
  const ids = [...new Set(needed.map(({ image }) => image.id))];
  return ids.length > 0 ? { ids, tar: await transfer.pack(ids, signal) } : undefined;
}

/**
 * Brings images in, and has those that are here kept for their releases under tags of this installation.
 * @returns the site as it is with them; of images that are not here its releases say what they said
 */
export async function broughtImages(
  { providers }: World,
  snapshot: SiteSnapshot,
  images: (() => Readable) | undefined,
  context: StepContext,
): Promise<SiteSnapshot> {
  const transfer = transferOf(providers);
  if (images) {
    if (!transfer) throw errors.E_NO_TRANSFER(undefined);
    await transfer.unpack(images, context);
  }
  if (!transfer) return snapshot;
  const adopted = await adoptAll(transfer, snapshot);
  const current = snapshot.releases.find(({ number }) => number === snapshot.pointer?.release);
  if (current && !adopted.has(current.image.id) && (await pullPublished(providers, snapshot, context)))
    for (const [id, tag] of await adoptAll(transfer, { ...snapshot, releases: [current] }))
      adopted.set(id, tag);
  const releases = snapshot.releases.map((release) => {
    const tag = adopted.get(release.image.id);
    return tag === undefined ? release : { ...release, image: { ...release.image, tag } };
  });
  return { ...snapshot, releases };
}

/** The tag that each image has here, by its id. */
export async function adoptAll(
  transfer: ImageTransfer,
  { site, releases }: Pick<SiteSnapshot, 'site' | 'releases'>,
): Promise<Map<string, string>> {
  const adopted = new Map<string, string>();
  for (const { deploy, image } of releases) {
    if (adopted.has(image.id)) continue;
    const tag = await transfer.adopt({ site, deploy, id: image.id });
    if (tag !== undefined) adopted.set(image.id, tag);
  }
  return adopted;
}

/** Whether what serves was fetched from the registry. */
async function pullPublished(
  { publisher }: World['providers'],
  { site, pointer, published }: SiteSnapshot,
  context: StepContext,
): Promise<boolean> {
  if (!publisher || !published || published.release !== pointer?.release) return false;
  try {
    await publisher.pull(site, published.reference, context);
    return true;
  } catch (error) {
    context.warn(`the registry does not give its image: ${messageOf(error)}`);
    return false;
  }
}

/** False only where it is certain that it is not here: of an image of others its start tells. */
export async function hasImage({ providers }: World, image: Image): Promise<boolean> {
  if (image.tag === undefined) return true;
  for (const builder of providers.builders) if (await builder.has(image)) return true;
  return false;
}
