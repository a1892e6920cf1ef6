/** Asks an instance whether it accepts a connection. */
import { connect } from 'node:net';
import { messageOf } from '../errors.ts';
import type { Answer } from './judge.ts';
import type { Place } from './place.ts';

/** A forwarder accepts first, and closes at once where nobody listens behind it. */
const heldMs = 250;

/** Good as soon as one of the places accepts. */
export async function askTcp(
  places: readonly Place[],
  limitMs: number,
  signal: AbortSignal,
): Promise<Answer> {
  const over = new AbortController();
  const limit = AbortSignal.any([signal, over.signal, AbortSignal.timeout(limitMs)]);
  try {
    const place = await Promise.any(places.map((one) => accepts(one, limit)));
    return { is: 'good', text: `${place.address}:${place.port} accepts connections` };
  } catch (error) {
    const reasons = error instanceof AggregateError ? error.errors : [error];
    return { is: 'none', text: reasons.map(messageOf).join('; ') };
  } finally {
    over.abort();
  }
}

/** Rejects where the connection is refused, or where it says nothing about the instance. */
function accepts(place: Place, signal: AbortSignal): Promise<Place> {
  const { address: host, port, own } = place;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    const at = `${host}:${port}`;
    const done = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    const proven = () => done(() => resolve(place));
    socket.once('error', (error) =>
      done(() => reject(signal.aborted ? new Error(`${at} does not accept in time`) : error)),
    );
    socket.once('connect', () => {
      if (own) return proven();
      socket.once('data', proven);
      socket.setTimeout(heldMs, proven);
    });
    socket.once('close', () => reject(new Error(`${at} accepts and closes at once, as for the dead`)));
  });
}
