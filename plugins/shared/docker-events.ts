/** The engine's progress streams (build, pull, push): one JSON object a line. */
import { createLineCutter } from './docker-lines.ts';

/** One object of a progress stream; which fields there are depends on what is going on. */
export interface EngineEvent {
  readonly id?: string;
  readonly stream?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number };
  readonly error?: string;
  readonly aux?: unknown;
}

/** The events of a stream as they come. A stream that ends well may still have told an `error`. */
export async function* engineEvents(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<EngineEvent> {
  const cutter = createLineCutter();
  for await (const chunk of stream) yield* cutter.push(chunk).flatMap(parse);
  yield* cutter.end().flatMap(parse);
}

function parse(line: string): EngineEvent[] {
  return line.trim() === '' ? [] : [JSON.parse(line) as EngineEvent];
}

/** A line for people about a pull or push; undefined for the many events that only move a progress bar. Pure. */
export function progressLine(event: EngineEvent): string | undefined {
  if (event.status === undefined || event.progressDetail?.current !== undefined) return undefined;
  if (/^(Downloading|Extracting|Pushing|Waiting|Preparing|Verifying Checksum)/.test(event.status))
    return undefined;
  return event.id === undefined ? event.status : `${event.id}: ${event.status}`;
}
