/** What the agent does not look at, for it harms no request: converge mends it, and the doctor tells of it. */
import { type Picture, someOf } from '../agent/symptoms.ts';
import { unattendedTasks } from '../attended.ts';
import { byHandDifferences } from '../by-hand.ts';
import { findSurplus } from '../clean.ts';
import { statusOf } from '../deploys.ts';
import { portsLeft } from '../failure.ts';
import type { SiteName } from '../grammar.ts';
import { namesOf } from '../instance-name.ts';
import { lackingServices } from '../instances.ts';
import type { Instance } from '../release.ts';
import { releaseTasks, tasksLeft } from '../release-task.ts';
import { renameMark } from '../rename-mark.ts';
import type { StepContext } from '../roles.ts';
import { orphansOf } from '../service.ts';
import type { World } from '../world.ts';
import type { Trouble, TroubleKind } from './trouble.ts';

/** A site, and which of its instances the current release keeps. */
interface Seen {
  readonly site: SiteName;
  readonly picture: Picture;
  readonly kept: readonly Instance[];
}

/** Each by the function that converge uses for it. */
export async function otherTroubles(world: World, seen: Seen, context: StepContext): Promise<Trouble[]> {
  const { site } = seen;
  const found = await Promise.all([
    services(world, seen, context),
    given(world, seen),
    names(world, seen),
    tasks(world, site),
    ports(world, site),
    deploys(world, site),
    journal(world, site),
    surplus(world, site),
    renamed(world, site),
  ]);
  return found.flatMap(([kind, all]) => all.map((what) => ({ site, kind, what })));
}

type Found = readonly [kind: TroubleKind, all: readonly string[]];

/** Those that are missing altogether, or have nobody behind them, the agent sees too. */
async function services(world: World, { picture, kept }: Seen, context: StepContext): Promise<Found> {
  const { release, entries, address } = picture;
  if (!release || kept.length === 0) return ['wrong-services', []];
  const { services: wanted, lacking } = await lackingServices(world, release, kept, entries, context);
  const known = new Set(entries.map(({ id }) => id));
  const others = lacking.filter(({ id }) => known.has(id)).map(({ id }) => id);
  const doubled = orphansOf(entries, { instances: kept, address }, wanted).filter(
    (entry) => entry.kind === 'instance' && kept.some(({ id }) => id === entry.instance),
  );
  return [
    'wrong-services',
    [
      ...others.map((id) => `the service ${id} is not as it was registered`),
      ...doubled.map(({ id }) => `the service ${id} is one too many for its instance`),
    ],
  ];
}

async function given({ state }: World, { site, picture: { entries } }: Seen): Promise<Found> {
  const wanted = (await state.byHand(site))?.record.services ?? [];
  const { missing, left } = byHandDifferences(wanted, entries);
  return [
    'given-services',
    [
      ...missing.map(({ id }) => `the service ${id} was given by hand and is not in the catalog as it was`),
      ...left.map(({ id }) => `the service ${id} is in the catalog by hand and was not given`),
    ],
  ];
}

async function names(world: World, { picture: { release, pointer }, kept }: Seen): Promise<Found> {
  if (!release || pointer?.stopped || kept.length === 0) return ['name', []];
  const { holder, chosen } = await namesOf(world, release, kept);
  if (holder?.id === chosen?.id) return ['name', []];
  return [
    'name',
    [
      `${chosen ? `${chosen.name} has not` : `${holder?.name} has`} the name ${release.run.name ?? release.site}`,
    ],
  ];
}

async function tasks(world: World, site: SiteName): Promise<Found> {
  const [{ ended }, unattended] = await Promise.all([
    releaseTasks(world, site).then((all) => tasksLeft(world, all)),
    unattendedTasks(world, site),
  ]);
  return [
    'tasks',
    [
      ...(ended.length > 0 ? [`ended release tasks are left: ${namesIn(ended)}`] : []),
      ...(unattended.length > 0
        ? [`commands of octo run are left that nobody is at: ${namesIn(unattended)}`]
        : []),
    ],
  ];
}

async function ports(world: World, site: SiteName): Promise<Found> {
  const left = await portsLeft(world, site);
  return [
    'ports',
    left.length > 0 ? [`ports are reserved for no instance: ${someOf(left.map(String))}`] : [],
  ];
}

async function deploys(world: World, site: SiteName): Promise<Found> {
  const all = (await world.state.deploys(site)).map(({ record }) => statusOf(world, record));
  const killed = all.filter(({ phase }) => phase === 'killed');
  return [
    'deploys',
    killed.map(({ deploy }) => `the deploy ${deploy} was killed and still runs for the record`),
  ];
}

async function journal({ state }: World, site: SiteName): Promise<Found> {
  const waiting = Object.keys((await state.settingsJournal(site))?.record ?? {}).length;
  return ['journal', waiting > 0 ? [`${waiting} settings that count are not under their own keys`] : []];
}

async function surplus(world: World, site: SiteName): Promise<Found> {
  const { images, contents } = await findSurplus(world, site);
  return [
    'surplus',
    [
      ...(images.length > 0 ? [`no release needs the images ${someOf(images.map(({ tag }) => tag))}`] : []),
      ...(contents.length > 0 ? [`no release needs ${contents.length} of its records`] : []),
    ],
  ];
}

async function renamed({ state }: World, site: SiteName): Promise<Found> {
  const mark = await renameMark(state, site);
  return ['rename', mark ? [`it is ${mark.to} now, and something is left under this name`] : []];
}

function namesIn(all: readonly { readonly name: string }[]): string {
  return someOf(all.map(({ name }) => name));
}
