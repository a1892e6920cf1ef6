/** Asks a registry what it speaks; it says so to everybody, with a password or without. */
import { messageOf } from '../../core/index.ts';

/** @returns `registry/2.0` @throws where nothing answers, or no registry does */
export async function askRegistry(registry: string, signal: AbortSignal): Promise<string> {
  const response = await firstOf(addressesOf(registry), signal);
  const spoken = response.headers.get('docker-distribution-api-version');
  if (spoken === null)
    throw new Error(`what answers at ${registry} is no registry (HTTP ${response.status})`);
  return spoken;
}

/** As the engine does: a registry on this host may be without TLS. Pure. */
export function addressesOf(registry: string): string[] {
  const isHere = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(registry);
  return [`https://${registry}/v2/`, ...(isHere ? [`http://${registry}/v2/`] : [])];
}

async function firstOf(addresses: readonly string[], signal: AbortSignal): Promise<Response> {
  const [address = '', ...others] = addresses;
  try {
    return await fetch(address, { signal, redirect: 'manual' });
  } catch (error) {
    if (others.length > 0) return firstOf(others, signal);
    const { cause } = error as { cause?: unknown };
    throw new Error(`${address} does not answer: ${messageOf(cause ?? error)}`, { cause: error });
  }
}
