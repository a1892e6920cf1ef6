/** The engine's log stream, which carries stdout and stderr in frames, as lines. */
import type { LogLine } from '../../core/index.ts';
import { createLineCutter, type LineCutter } from '../shared/docker-lines.ts';

export type StreamLine = Omit<LogLine, 'instance'>;

interface Frame {
  readonly stream: LogLine['stream'];
  readonly bytes: Buffer;
}

/** A frame is one byte of stream (2: stderr), three of nothing, four of length, then its bytes. */
const headerLength = 8;

/** Lines as they come; a line may lie across frames, a frame across chunks. */
export async function* logLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamLine> {
  const cutters: Record<LogLine['stream'], LineCutter> = {
    stdout: createLineCutter(),
    stderr: createLineCutter(),
  };
  for await (const { stream, bytes } of frames(chunks)) yield* named(stream, cutters[stream].push(bytes));
  yield* named('stdout', cutters.stdout.end());
  yield* named('stderr', cutters.stderr.end());
}

function named(stream: LogLine['stream'], texts: readonly string[]): StreamLine[] {
  return texts.map((text) => ({ stream, text }));
}

/** Frames as they are; one may lie across chunks. */
export async function* frames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let held = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = Buffer.concat([held, chunk]);
    let at = 0;
    while (held.length - at >= headerLength) {
      const end = at + headerLength + held.readUInt32BE(at + 4);
      if (held.length < end) break;
      yield { stream: held[at] === 2 ? 'stderr' : 'stdout', bytes: held.subarray(at + headerLength, end) };
      at = end;
    }
    held = held.subarray(at);
  }
}
