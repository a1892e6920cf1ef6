/**
 * BuildKit's trace as it comes through the engine's API: base64 of moby.buildkit.v1.StatusResponse
 * (buildkit/api/services/control/control.proto). dockerode's own decoder makes one text of each chunk of output and so
 * breaks lines where chunks end. Pure.
 */
import { type Field, readFields } from './protobuf.ts';

/** A step of the build; it is told again at each change. */
export interface Vertex {
  readonly digest: string;
  /** `[2/4] RUN make`. */
  readonly name: string;
  readonly cached: boolean;
  readonly started: boolean;
  /** Empty where it did not fail. */
  readonly error: string;
}

export interface Trace {
  readonly vertexes: readonly Vertex[];
  /** Chunks of output; a chunk may end within a line. */
  readonly logs: readonly { readonly vertex: string; readonly stream: number; readonly bytes: Buffer }[];
  readonly warnings: readonly string[];
}

export function decodeTrace(base64: string): Trace {
  const fields = [...readFields(Buffer.from(base64, 'base64'))];
  const messages = (number: number) =>
    fields.flatMap((field) => (field.number === number ? bytesOf(field) : []));
  return {
    vertexes: messages(1).map(decodeVertex),
    logs: messages(3).map((message) => {
      const log = indexed(message);
      return {
        vertex: text(log.get(1)),
        stream: numberOf(log.get(3)),
        bytes: bytesOf(log.get(4))[0] ?? Buffer.alloc(0),
      };
    }),
    warnings: messages(4).map((message) => text(indexed(message).get(3))),
  };
}

function decodeVertex(message: Buffer): Vertex {
  const vertex = indexed(message);
  return {
    digest: text(vertex.get(1)),
    name: text(vertex.get(3)),
    cached: numberOf(vertex.get(4)) === 1,
    started: vertex.has(5),
    error: text(vertex.get(7)),
  };
}

function indexed(message: Buffer): Map<number, Field> {
  return new Map([...readFields(message)].map((field) => [field.number, field]));
}

function bytesOf(field: Field | undefined): Buffer[] {
  return field && 'bytes' in field ? [field.bytes] : [];
}

function text(field: Field | undefined): string {
  return bytesOf(field)[0]?.toString('utf8') ?? '';
}

function numberOf(field: Field | undefined): number {
  return field && 'value' in field ? field.value : 0;
}
