/** Who comes in at the door: the key's record is looked up at every connection, so a removed key opens nothing. */
import { type AccessKey, type Engine, isKeyName } from '../../core/index.ts';
import { openFromFile } from '../open-engine.ts';
import { errors } from './errors.ts';
import { guardEngine } from './guard.ts';

/** What sshd's forced command says. */
export interface Door {
  readonly configFile: string;
  /** The name that the key was added under. */
  readonly key: string;
}

export interface Visitor {
  readonly key: AccessKey;
  /** Does only what the key may do. Whoever asked for the visitor closes it. */
  readonly engine: Engine;
  /** For what the door asks by itself and tells nobody, whoever comes in. */
  readonly current: Engine['current'];
}

/** @throws E_KEY_GONE */
export async function admit(door: Door): Promise<Visitor> {
  const engine = await openFromFile(door.configFile);
  try {
    const key = isKeyName(door.key) ? await engine.key(door.key) : undefined;
    if (!key) throw errors.E_KEY_GONE({ key: door.key });
    return { key, engine: guardEngine(engine, key), current: (site) => engine.current(site) };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Who it is for the record, whether or not there is such a key. Whoever asks closes the engine. */
export async function identify(
  door: Door,
): Promise<{ engine: Pick<Engine, 'config' | 'close'>; fingerprint?: string }> {
  const engine = await openFromFile(door.configFile);
  const key = isKeyName(door.key) ? await engine.key(door.key).catch(() => undefined) : undefined;
  return { engine, ...(key ? { fingerprint: key.fingerprint } : {}) };
}

/** For the record. */
export const actorOf = (door: Door) => `key ${door.key}`;
