/**
 * Lets clients go before a reload. An old worker closes idle connections at once, and a request that a client sends in
 * that moment is lost. So for a moment every answer closes its connection: whoever asks often has then come in anew,
 * and such a connection is not idle.
 */
import { rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasClients } from './connections.ts';
import type { NginxLayout } from './layout.ts';

/** Clients that ask less often than this are still connected at the reload, and are rarely in the middle of asking. */
const farewellMs = 300;

/** From here on answers close their connections, until `endFarewell`. Takes no time where nobody is connected. */
export async function beginFarewell(layout: NginxLayout, ports: readonly number[]): Promise<void> {
  if (!(await hasClients(ports))) return;
  await writeFile(layout.closing, '');
  await sleep(farewellMs);
}

export async function endFarewell(layout: NginxLayout): Promise<void> {
  await rm(layout.closing, { force: true });
}
