/** A new site with the image and configuration of another one, without what only one site can have. */

import { contentKey } from './content-key.ts';
import { errors } from './error-catalogue.ts';
import type { SiteName } from './grammar.ts';
import { discardImage, transferOf } from './images.ts';
import { type Candidate, planRelease } from './plan.ts';
import type { Declared, Image, Settings } from './release.ts';
import { requireCurrent } from './releases.ts';
import type { Run } from './run.ts';
import { channel, type World } from './world.ts';

/** Domains belong to one site, and so do ports of the host. */
const ofOneSite = ['DOMAINS', 'OCTO_HOST_NETWORK'];

/**
 * The first release of the new site. Under the lease of the new one alone: the image is its own before anything else.
 * @throws E_CLONE_TAKEN, E_NO_TRANSFER, E_IMAGE_GONE
 */
export async function clonedCandidate(world: World, run: Run, from: SiteName): Promise<Candidate> {
  const { state, providers } = world;
  if (run.pointer || Object.keys(run.settings).length > 0) throw errors.E_CLONE_TAKEN({ site: run.site });
  const original = await requireCurrent(world, from);
  const { values, secrets } = await state.openedSettings(from);
  const settings = withoutOwn(values);
  const said = withoutOwn(await state.saidOf(original));
  const declared = declaredElsewhere(original.declared, said);
  world.told.set(run.site, declared.conf?.plugins ?? {});
  const image = await ownImage(world, run, original);
  try {
    return await planRelease(
      world,
      {
        run,
        image,
        declared,
        said,
        left: [],
        fresh: true,
        from: original.tree ? { tree: original.tree } : {},
        change: {
          reason: 'clone',
          settings,
          secrets: [...secrets].filter((name) => Object.hasOwn(settings, name)),
        },
      },
      channel(run.operation, run.site),
    );
  } catch (error) {
    await discardImage(providers, image);
    throw error;
  }
}

/** The same image under a name of the new site: it stays when the original goes. */
async function ownImage(
  { providers }: World,
  { site, deploy }: Run,
  { site: from, number, image }: { site: SiteName; number: number; image: Image },
): Promise<Image> {
  const transfer = transferOf(providers);
  if (!transfer) throw errors.E_NO_TRANSFER(undefined);
  const tag = await transfer.adopt({ site, deploy, id: image.id });
  if (tag === undefined) throw errors.E_IMAGE_GONE({ site: from, number, whole: [] });
  return { ...image, tag };
}

/** Pure. */
function withoutOwn(values: Readonly<Record<string, string>>): Settings {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !ofOneSite.includes(name))) as Settings;
}

/** What the repository asks for, without domains and ports of the host. Pure. */
export function declaredElsewhere(
  { conf, options, ...declared }: Declared,
  said: Readonly<Record<string, string>>,
): Declared {
  return {
    ...declared,
    domains: [],
    ...(conf ? { conf: { ...conf, domains: [], values: contentKey(said) } } : {}),
    ...(options ? { options: { ...options, hostPorts: [] } } : {}),
  };
}
