/** Writes BuildKit traces for tests, as the engine sends them. */
interface Message {
  vertexes?: { digest: string; name: string; started?: boolean; cached?: boolean; error?: string }[];
  logs?: { vertex: string; text: string; stream: number }[];
  warnings?: string[];
}

export function trace({ vertexes = [], logs = [], warnings = [] }: Message): { id: string; aux: string } {
  const message = Buffer.concat([
    ...vertexes.map(({ digest, name, started, cached, error }) =>
      field(1, [
        field(1, digest),
        field(2, 'sha256:an-input'),
        field(3, name),
        ...(cached ? [field(4, 1)] : []),
        ...(started ? [field(5, [field(1, 1_795_413_378), field(2, 893_939_856)])] : []),
        ...(error === undefined ? [] : [field(7, error)]),
      ]),
    ),
    ...logs.map(({ vertex, text, stream }) => field(3, [field(1, vertex), field(3, stream), field(4, text)])),
    ...warnings.map((warning) => field(4, [field(2, 1), field(3, warning)])),
  ]);
  return { id: 'moby.buildkit.trace', aux: message.toString('base64') };
}

function field(number: number, value: string | number | Buffer[]): Buffer {
  if (typeof value === 'number') return Buffer.concat([varint(number * 8), varint(value)]);
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.concat(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
