/** Work that has so much time, and is told when that is over. */

/** The reason with which a signal aborts when the time is over. */
export class TimeOver extends Error {
  constructor(seconds: number) {
    super(`It took longer than ${seconds} s.`);
    this.name = 'TimeoutError';
  }
}

/**
 * Gives the work a signal that aborts with the caller's and when the time is over, and waits no longer than that for it:
 * work may not hear its signal. A timer and a listener of its own cost a tenth of AbortSignal.timeout and AbortSignal.any.
 * @throws what the work throws; the caller's reason, once it has aborted; TimeOver
 */
export function withinTime<Result>(
  caller: AbortSignal,
  seconds: number,
  work: (signal: AbortSignal) => Result | Promise<Result>,
): Promise<Result> {
  if (caller.aborted) return Promise.reject(caller.reason);
  return new Promise((resolve, reject) => {
    const own = new AbortController();
    const stop = (reason: unknown) => {
      own.abort(reason);
      end(() => reject(reason));
    };
    const interrupt = () => stop(caller.reason);
    const timer = setTimeout(() => stop(new TimeOver(seconds)), seconds * 1000);
    const end = (settle: () => void) => {
      clearTimeout(timer);
      caller.removeEventListener('abort', interrupt);
      settle();
    };
    caller.addEventListener('abort', interrupt, { once: true });
    Promise.try(() => work(own.signal)).then(
      (result) => end(() => resolve(result)),
      (error: unknown) => end(() => reject(error)),
    );
  });
}
