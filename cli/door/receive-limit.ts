/** How long a push may take until everything was received. */
import type { ChildProcess } from 'node:child_process';
import type { OctohostError } from '../../core/index.ts';
import { errors } from './errors.ts';
import { endGroup } from './git-process.ts';

export interface ReceiveLimit {
  /** Everything was received: the limit no longer holds. False where it was too late and git is being ended. */
  received(): boolean;
}

/**
 * Ends a receive-pack of its own process group that has not received everything in time.
 * @param tell shows the pusher what the limit was
 */
export function receiveLimit(
  child: ChildProcess,
  seconds: number,
  tell: (error: OctohostError) => void,
): ReceiveLimit {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    tell(errors.E_PUSH_TIME({ seconds }));
    endGroup(child);
  }, seconds * 1000);
  child.once('close', () => clearTimeout(timer));
  return {
    received() {
      clearTimeout(timer);
      return !late;
    },
  };
}
