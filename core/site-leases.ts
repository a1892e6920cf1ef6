/** The leases of the sites that an operation works on. */
import type { SiteName } from './grammar.ts';
import { describeHolder, type Lease, type LeaseRequest, withLease } from './lease.ts';
import type { Operation, World } from './world.ts';

/** Takes the lease of every site, in one order for everybody so that nobody waits in a circle. */
export async function withSites<Result>(
  world: World,
  sites: readonly SiteName[],
  purpose: string,
  operation: Operation,
  work: (leases: ReadonlyMap<SiteName, Lease>) => Promise<Result>,
): Promise<Result> {
  const ordered = [...new Set(sites)].toSorted();
  const take = (index: number, held: ReadonlyMap<SiteName, Lease>): Promise<Result> => {
    const site = ordered[index];
    if (site === undefined) return work(held);
    const request = requestOf(
      { names: [`site/${site}`], what: `The site ${site}`, purpose: `${purpose} of ${site}` },
      site,
      operation,
    );
    return withLease(world, request, (lease) => take(index + 1, new Map([...held, [site, lease]])));
  };
  return take(0, new Map());
}

/** One at a time at a door, from before it looks at what is there until after it has changed it. */
export function withDoor<Result>(
  world: World,
  name: SiteName,
  operation: Operation,
  work: () => Promise<Result>,
): Promise<Result> {
  const words = { names: [`door/${name}`], what: `The repository ${name}`, purpose: `push to ${name}` };
  return withLease(world, requestOf(words, name, operation), work);
}

/** One at a time on the keys: the store and the file that sshd reads change together. */
export function withKeys<Result>(
  world: World,
  operation: Operation,
  work: () => Promise<Result>,
): Promise<Result> {
  const words = { names: ['keys'], what: 'The keys', purpose: 'change of keys' };
  return withLease(world, requestOf(words, '' as SiteName, operation), work);
}

/** One at a time on the key to secret settings. */
export function withSecrets<Result>(
  world: World,
  operation: Operation,
  work: () => Promise<Result>,
): Promise<Result> {
  const words = { names: ['secrets'], what: 'The key to secret settings', purpose: 'rotation of secrets' };
  return withLease(world, requestOf(words, '' as SiteName, operation), work);
}

type Words = Pick<LeaseRequest, 'names' | 'what' | 'purpose'>;

function requestOf(words: Words, site: SiteName, operation: Operation): LeaseRequest {
  return {
    ...words,
    signal: operation.signal,
    waitSeconds: operation.waitSeconds ?? 600,
    onWait: (holders) =>
      operation.reporter.output(site, `waiting for ${holders.map(describeHolder).join(', ')}`),
  };
}
