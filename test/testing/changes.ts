/** Tells watchers about changes in this process; what changed while nobody asked is gathered into one. */

export interface Changes {
  announce(what: string): void;
  /** Counts from this call on. Ends, without an error, when the signal aborts. */
  watch(concerns: (what: string) => boolean, signal: AbortSignal): AsyncIterable<void>;
}

export function createChanges(): Changes {
  const watchers = new Set<(what: string) => void>();
  return {
    announce(what) {
      for (const tell of watchers) tell(what);
    },
    watch(concerns, signal) {
      let changed = false;
      let wake: (() => void) | undefined;
      const tell = (what: string) => {
        if (!concerns(what)) return;
        changed = true;
        wake?.();
      };
      watchers.add(tell);
      const end = () => {
        watchers.delete(tell);
        wake?.();
      };
      signal.addEventListener('abort', end, { once: true });
      return (async function* () {
        try {
          while (!signal.aborted) {
            if (!changed) await new Promise<void>((resolve) => (wake = resolve));
            if (signal.aborted) return;
            changed = false;
            yield;
          }
        } finally {
          signal.removeEventListener('abort', end);
          end();
        }
      })();
    },
  };
}
