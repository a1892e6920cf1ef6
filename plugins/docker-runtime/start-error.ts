/** Why a container did not start, from the engine's words. Pure. */
import { errors as coreErrors, type OctohostError, type PortBinding } from '../../core/index.ts';
import { errors } from './errors.ts';

/** 20.10: `Bind for 127.0.0.1:20000 failed: port is already allocated`; all: `listen tcp4 …: address already in use`. */
const portTaken = /port is already allocated|address already in use/i;

export function startError(
  name: string,
  words: string,
  bindings: readonly PortBinding[],
  cause: unknown,
): OctohostError {
  const taken = takenBinding(words, bindings);
  return taken
    ? coreErrors.E_PORT_TAKEN({ address: taken.hostAddress, port: taken.hostPort }, { cause })
    : errors.E_START_FAILED({ name, words }, { cause });
}

/** Whether the engine will not make such a container, today or tomorrow, by the status of its answer. */
export function isRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}

/** The binding that the words name; where they name none, the first. */
export function takenBinding(words: string, bindings: readonly PortBinding[]): PortBinding | undefined {
  if (!portTaken.test(words)) return undefined;
  const named = bindings.find(({ hostAddress, hostPort }) => {
    const address = hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress;
    const at = words.indexOf(`${address}:${hostPort}`);
    return at >= 0 && !/\d/.test(words[at + `${address}:${hostPort}`.length] ?? '');
  });
  return named ?? bindings[0];
}
