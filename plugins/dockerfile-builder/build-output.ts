/** The engine's events of a build as lines for the pusher, from BuildKit and from the classic builder alike. */
import { type EngineEvent, progressLine } from '../shared/docker-events.ts';
import { createLineCutter, type LineCutter } from '../shared/docker-lines.ts';
import { decodeTrace, type Trace } from './buildkit-trace.ts';

export interface BuildOutput {
  accept(event: EngineEvent): void;
  /** Prints what was left without a line end. */
  end(): void;
  /** The last lines, oldest first. */
  last(): readonly string[];
  /** What the engine says went wrong. The event stream itself ends as if all were well. */
  error(): string | undefined;
  /** Why the front end of `# syntax=` could not be had. */
  frontEndError(): string | undefined;
}

const keptLines = 20;
/** The engine's own housekeeping, which is the same in every build. */
const internalStep = /^\[internal\]|^copy \/context|^exporting|^importing cache|^resolve image config/;
const classicNoise =
  /^ ---> (Running in )?[0-9a-f]{12}$|^Removing intermediate container |^Successfully (built|tagged) /;

const red = '\u001B[91m';
const plain = '\u001B[0m';

/** @param print gets full lines without their line end */
export function createBuildOutput(print: (line: string) => void): BuildOutput {
  const last: string[] = [];
  const put = (line: string) => {
    print(line);
    last.push(line);
    if (last.length > keptLines) last.shift();
  };
  const buildkit = createTracePrinter(put);
  const classic = createLineCutter();
  const putClassic = (lines: string[]) => {
    for (const line of lines) if (!classicNoise.test(line)) put(line);
  };
  let error: string | undefined;
  return {
    accept(event) {
      if (event.error !== undefined) error = event.error;
      else if (event.id === 'moby.buildkit.trace') buildkit.accept(decodeTrace(String(event.aux)));
      else if (event.stream !== undefined) putClassic(classic.push(withoutClassicColour(event.stream)));
      else {
        const line = progressLine(event);
        if (line !== undefined) put(line);
      }
    },
    end() {
      buildkit.end();
      putClassic(classic.end());
    },
    last: () => last,
    error: () => error,
    frontEndError: () => buildkit.frontEndError(),
  };
}

/** The classic builder paints what came from stderr red. */
function withoutClassicColour(text: string): string {
  if (!text.startsWith(red)) return text;
  return text.slice(red.length, text.endsWith(plain) ? -plain.length : undefined);
}

interface TracePrinter {
  accept(trace: Trace): void;
  end(): void;
  frontEndError(): string | undefined;
}

/** Steps run side by side: each step's lines stand below its name, which is said again when another step came between. */
function createTracePrinter(put: (line: string) => void): TracePrinter {
  const names = new Map<string, string>();
  const cutters = new Map<string, { vertex: string; cutter: LineCutter }>();
  let current: string | undefined;
  let frontEndError: string | undefined;
  const putLines = (vertex: string, lines: readonly string[]) => {
    if (lines.length === 0) return;
    const name = names.get(vertex);
    if (vertex !== current && name !== undefined) put(name);
    current = vertex;
    for (const line of lines) put(`  ${line}`);
  };
  return {
    accept(trace) {
      for (const { digest, name, started, cached, error } of trace.vertexes) {
        if (error !== '' && name.startsWith('resolve image config')) frontEndError = error;
        if (!started || names.has(digest) || internalStep.test(name)) continue;
        names.set(digest, name);
        put(cached ? `${name} (cached)` : name);
        current = digest;
      }
      for (const { vertex, stream, bytes } of trace.logs) {
        const key = `${vertex} ${stream}`;
        const { cutter } = cutters.get(key) ?? { cutter: createLineCutter() };
        cutters.set(key, { vertex, cutter });
        putLines(vertex, cutter.push(bytes));
      }
      for (const warning of trace.warnings) put(`warning: ${warning}`);
    },
    end() {
      for (const { vertex, cutter } of cutters.values()) putLines(vertex, cutter.end());
    },
    frontEndError: () => frontEndError,
  };
}
