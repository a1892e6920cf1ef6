/** The images that the builders of an installation made. */
import type { SiteName } from './grammar.ts';
import type { Providers } from './plugin.ts';
import type { BuiltImage, ImageName, ImageTransfer } from './roles.ts';

/** Of one site, or of all. */
export async function imagesOf(
  { builders }: Pick<Providers, 'builders'>,
  site?: SiteName,
): Promise<readonly BuiltImage[]> {
  return (await Promise.all(builders.map((builder) => builder.list(site)))).flat();
}

/** Every builder ignores images that it did not make. */
export async function discardImage(
  { builders }: Pick<Providers, 'builders'>,
  image: ImageName,
): Promise<void> {
  for (const builder of builders) await builder.discard(image);
}

/** Takes images to another host and from there: of the first builder that can. */
export function transferOf({ builders }: Pick<Providers, 'builders'>): ImageTransfer | undefined {
  return builders.find(({ transfer }) => transfer !== undefined)?.transfer;
}
