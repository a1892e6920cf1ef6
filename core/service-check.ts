/** Runs the checks of the catalog once, as whoever keeps it would: asked from this host, changing nothing. */
import pLimit from 'p-limit';
import { messageOf } from './errors.ts';
import type { SiteName } from './grammar.ts';
import type { CatalogEntry } from './roles.ts';
import type { World } from './world.ts';

/** What a service's own check came to. */
export interface CheckedService {
  readonly service: CatalogEntry;
  /** `unknown`: it has no check. */
  readonly found: CatalogEntry['health'];
  /** `answered 200`, `no answer within 10 s`. */
  readonly because: string;
}

type Found = Pick<CheckedService, 'found' | 'because'>;

const timeoutSeconds = 10;
/** How many are asked at the same time. */
const atOnce = 50;

/** Asks each service of a site, or of all, by its check. */
export async function checkServices(
  world: World,
  site: SiteName | undefined,
  signal: AbortSignal,
): Promise<readonly CheckedService[]> {
  const services = await world.providers.registrar.list(site);
  return pLimit(atOnce).map(services, async (service) => {
    signal.throwIfAborted();
    return { service, ...(await check(service, signal)) };
  });
}

async function check(service: CatalogEntry, signal: AbortSignal): Promise<Found> {
  if (!service.check) return { found: 'unknown', because: 'it has no check' };
  return askService(service.check.http, signal);
}

/** An answer below 400 passes; one that leads elsewhere is not followed. */
export function askService(url: string, signal: AbortSignal): Promise<Found> {
  const { request } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http');
  const limit = AbortSignal.timeout(timeoutSeconds * 1000);
  return new Promise((resolve) => {
    const options = {
      headers: { 'user-agent': 'octohost-check', connection: 'close' },
      agent: false,
      signal: AbortSignal.any([signal, limit]),
    };
    const asked = request(url, options, (response) => {
      response.destroy();
      const status = response.statusCode ?? 0;
      resolve({ found: status < 400 ? 'passing' : 'critical', because: `answered ${status}` });
    });
    asked.on('error', (error) => {
      const because = limit.aborted ? `no answer within ${timeoutSeconds} s` : messageOf(error);
      resolve({ found: 'critical', because });
    });
    asked.end();
  });
}
