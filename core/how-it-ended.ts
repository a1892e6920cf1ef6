/** How a process in a container ended, in words. Pure. */
import type { InstanceState } from './roles.ts';

/** @param state undefined: its container is gone */
export function howItEnded(state: InstanceState | undefined): string {
  if (state === undefined) return 'was removed';
  return state.outOfMemory ? 'ran out of memory' : `ended with code ${state.exitCode ?? '?'}`;
}
