/** What octohost itself stands on: store, catalog, routes, disk, clock, ports, files, leases, agent. */
import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { agentStatus } from '../agent/record.ts';
import { diskSpaces } from '../disk-space.ts';
import { keys } from '../keys.ts';
import { holderOf } from '../lease.ts';
import { listLocks } from '../locks.ts';
import { versionsOf } from '../parts.ts';
import type { CheckFinding } from '../plugin-command.ts';
import { isReserved } from '../ports.ts';
import { readEntry } from '../read-entry.ts';
import { prepareRoutes, readRoutes, refuseEmpty } from '../routes.ts';
import { secretKeyFile } from '../secret-key-file.ts';
import { findUnusable } from '../unusable.ts';
import type { World } from '../world.ts';
import {
  judgeAgent,
  judgeClock,
  judgeDisks,
  judgeLocks,
  judgeParts,
  judgePorts,
  judgeUnusable,
} from './judge.ts';
import type { OwnCheck, OwnFinding } from './run.ts';

/** In the order in which one depends on the other. */
export function installationChecks(world: World): OwnCheck[] {
  return [...hostChecks(world), ...recordChecks(world)];
}

/** What octohost needs of its host. */
function hostChecks(world: World): OwnCheck[] {
  const { config } = world;
  return [
    {
      name: 'files',
      summary: 'The data folder and the key to secret settings: there, writable, and for nobody else.',
      why: 'Who can write there can run what they like as a site; who reads the key reads every secret.',
      run: () => files(config.dataDir),
    },
    {
      name: 'disk',
      summary: 'Room for data and images.',
      why: 'A disk that is full halfway through a build is full for all sites.',
      run: async () => judgeDisks(await diskSpaces(config), config.builds.minFreeMegabytes),
    },
    {
      name: 'versions',
      summary: 'Every program and service that the plugins work with answers.',
      why: 'A deploy needs all of them.',
      run: async (signal) => judgeParts(await versionsOf(world.parts, signal)),
    },
    {
      name: 'clock',
      summary: 'The time of this host is not before what was written last.',
      why: 'Leases, ports at rest and deploy ids go by it.',
      run: async () => judgeClock(world.clock.now(), await lastWritten(world)),
    },
    {
      name: 'ports',
      summary: 'Host ports are left for new instances.',
      why: 'A deploy that finds none fails.',
      run: () => ports(world),
    },
    {
      name: 'agent',
      summary: 'The agent of this host lives, where it had one.',
      why: 'Between deploys nothing is mended without it.',
      run: async () => judgeAgent(await agentStatus(world)),
    },
  ];
}

/** What stands in the store, the catalog and the router. */
function recordChecks(world: World): OwnCheck[] {
  return [
    {
      name: 'store',
      summary: 'The store answers, in the version of this octohost.',
      why: 'Without it nothing can be deployed or mended; what serves goes on.',
      run: () => store(world),
    },
    {
      name: 'catalog',
      summary: 'The catalog can be read.',
      why: 'Routes are made from it.',
      async run() {
        const entries = await world.providers.registrar.list();
        return {
          state: 'ok',
          message: `It answers, and has ${entries.length} services of this installation.`,
        };
      },
    },
    {
      name: 'routes',
      summary: 'The router has in force what pointers and catalog say.',
      why: 'Requests are led to where nobody answers, or nowhere.',
      run: (signal) => routes(world, signal),
    },
    {
      name: 'leases',
      summary: 'Whoever holds a lease lives.',
      why: 'Who wants it takes it all the same; it only stands there.',
      run: async () => judgeLocks(await listLocks(world)),
    },
    {
      name: 'records',
      summary: 'What stands in the store and the catalog can be used.',
      why: 'What cannot be read counts as not there.',
      run: async () => judgeUnusable(await findUnusable(world)),
    },
  ];
}

/** Milliseconds since 1970 of the last thing that anybody wrote down with its time. */
async function lastWritten({ state }: World): Promise<number | undefined> {
  const beats = (await state.heldLeases()).flatMap(({ beat }) => (beat === undefined ? [] : [beat]));
  const since = (await state.deploys()).map(({ record }) => Date.parse(record.since));
  const all = [...beats, ...since];
  return all.length > 0 ? Math.max(...all) : undefined;
}

async function files(dataDir: string): Promise<CheckFinding | OwnFinding[]> {
  const found = await stat(dataDir).catch(() => undefined);
  if (!found) return { state: 'ok', message: `${dataDir} is not there yet; the first deploy makes it.` };
  const problems: OwnFinding[] = [];
  if ((found.mode & 0o022) !== 0)
    problems.push({
      state: 'failed',
      message: `${dataDir} can be written by others than its owner.`,
      hint: `chmod go-w ${dataDir}`,
    });
  const isWritable = await access(dataDir, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable)
    problems.push({
      state: 'failed',
      message: `${dataDir} cannot be written by the user that runs octo.`,
      hint: `chown -R git: ${dataDir}, or whom the configuration names as user`,
    });
  // Throws what is wrong with it.
  const key = await secretKeyFile(dataDir).read();
  const told = key ? `${join(dataDir, 'secrets.key')} is for its owner alone` : 'no secret was set yet';
  return problems.length > 0 ? problems : { state: 'ok', message: `${dataDir} can be written, and ${told}.` };
}

async function store({ state }: World): Promise<CheckFinding> {
  const entry = await state.store.get(keys.schema);
  if (!entry) return { state: 'ok', message: 'It answers, and is new.' };
  const { version, octohost } = readEntry('schema', entry);
  return { state: 'ok', message: `It answers; schema version ${version}, written by octohost ${octohost}.` };
}

async function ports({ state, config, clock }: World): Promise<CheckFinding> {
  const { address, first, last } = config.instances;
  const known = [...(await state.ports(address)).entries()];
  const barred = known.filter(
    ([port, { record }]) => port >= first && port <= last && isReserved(record, clock.now()),
  );
  return judgePorts({ first, last, barred: barred.length });
}

/** What would be applied is compared with what answers; a change that is being made is no trouble. */
async function routes(world: World, signal: AbortSignal): Promise<CheckFinding | OwnFinding[]> {
  const { state, providers, process } = world;
  const context = { signal, output: () => {}, warn: () => {} };
  const view = await readRoutes(world);
  if ((await state.routesRevision()) === 0) return { state: 'ok', message: 'There is no route yet.' };
  await refuseEmpty(world, view);
  const prepared = await prepareRoutes(world, view, context);
  const refused = (prepared.refused ?? []).map(({ site, error }) => ({
    site,
    state: 'warning' as const,
    message: `its route stays as it was: ${error.message}`,
    hint: `octo explain ${site}`,
  }));
  if (await providers.router.isInForce(prepared)) {
    const message = `The routes of ${view.pointers.length} sites are in force.`;
    return [...refused, { state: 'ok', message }];
  }
  if (await holderOf(world, `router/${process.host}`))
    return { state: 'ok', message: 'They are being changed at this moment.' };
  const answers = await providers.router.serves();
  const message = answers ? 'The router has other routes in force.' : 'The router does not answer.';
  return [...refused, { state: 'failed', message, hint: 'octo converge' }];
}
