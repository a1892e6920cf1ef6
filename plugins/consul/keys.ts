/** Where a key of octohost is in Consul. Pure. */
import { errors } from './errors.ts';

const ours = 'octohost';

export interface Keys {
  readonly settings: string;
  readonly state: string;
  /** Below the state: values that are too long for one transaction. */
  readonly values: string;
  toConsul(key: string): string;
  fromConsul(key: string): string;
}

/** @param prefix takes the place of `octohost` in `octohost/…` and `octohost-state/…` */
export function keysBelow(prefix: string): Keys {
  const state = `${prefix}-state/`;
  return {
    settings: `${prefix}/`,
    state,
    values: `${state}values/`,
    toConsul(key) {
      if (!key.startsWith(ours)) throw errors.E_CONSUL_VALUE({ key, problem: 'is not octohost’s' });
      return prefix + key.slice(ours.length);
    },
    fromConsul: (key) => ours + key.slice(prefix.length),
  };
}
