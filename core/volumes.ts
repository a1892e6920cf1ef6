/** A site's data: which volumes it has, and how they go with it when it gets another name. */
import type { SiteName } from './grammar.ts';
import { keys } from './keys.ts';
import { readEntry } from './read-entry.ts';
import type { VolumeOwner } from './records.ts';
import type { DeployId } from './release.ts';
import type { StartRequest, StoreOperation } from './roles.ts';
import type { State } from './state.ts';
import type { World } from './world.ts';

/**
 * What a runtime has to be told of a site's volumes; nothing where they are its own and go by its name.
 * @param holder the site whose they are until now, where this one is to have them
 */
export async function dataOf(
  { state }: Pick<World, 'state'>,
  site: SiteName,
  holder: SiteName = site,
): Promise<Pick<StartRequest, 'adoptedVolumes' | 'volumeOwner'>> {
  const [adopted, owner] = await Promise.all([state.adoptedVolumes(holder), ownerOf(state, holder)]);
  return {
    ...(adopted.length > 0 ? { adoptedVolumes: adopted } : {}),
    ...(owner === site ? {} : { volumeOwner: owner }),
  };
}

/** The name that its volumes go by: its own, but for a site that had another one. */
async function ownerOf({ store }: State, site: SiteName): Promise<string> {
  const entry = await store.get(keys.volumeOwner(site));
  return entry ? readEntry('volumeOwner', entry).owner : site;
}

/** Names of the volumes that octohost made for a site, whatever the site was called then. */
export async function volumesOf({ state, providers }: World, site: SiteName): Promise<string[]> {
  return providers.runtime.volumes(await ownerOf(state, site));
}

/** The operations that give a site's volumes to another name. The next site of this one begins without any. */
export async function moveVolumes(
  { state }: World,
  from: SiteName,
  to: SiteName,
  deploy: DeployId,
): Promise<StoreOperation[]> {
  const [owner, volumes] = await Promise.all([ownerOf(state, from), state.adoptedVolumes(from)]);
  return [
    ownerWrite(to, owner),
    ownerWrite(from, freshOwner(from, deploy)),
    ...(volumes.length > 0 ? adoptedMoves(from, to, JSON.stringify({ site: to, volumes })) : []),
  ];
}

function adoptedMoves(from: SiteName, to: SiteName, value: string): StoreOperation[] {
  return [
    { kind: 'set', key: keys.adoptedVolumes(to), value },
    { kind: 'delete', key: keys.adoptedVolumes(from) },
  ];
}

/**
 * What nobody has and no site is called: no name of a site has a dot. The record of it is never taken away, for the name alone
 * is that of another site's volumes by now. Pure.
 */
export function freshOwner(site: SiteName, deploy: DeployId): string {
  return `${site}.${deploy}`;
}

function ownerWrite(site: SiteName, owner: string): StoreOperation {
  const record: VolumeOwner = { site, owner };
  return { kind: 'set', key: keys.volumeOwner(site), value: JSON.stringify(record) };
}
