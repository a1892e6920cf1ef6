/**
 * Stdout holds the program's own words: a result, or git's protocol. What a configuration or a plugin writes there goes
 * to stderr instead, or to the pusher under the name of the tap that wrote it.
 */
import { Writable } from 'node:stream';
import { takeStrayOutput } from '../core/index.ts';

/** The stream's own `write`, while another one stands in its place. */
let own: typeof process.stdout.write | undefined;

/** The program's own way to stdout. */
export function writeStdout(text: string): void {
  if (own) own(text);
  else process.stdout.write(text);
}

/** The same for bytes. Ending it leaves stdout open. */
export function stdoutBytes(): Writable {
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) =>
      void (own ? own(chunk, done) : process.stdout.write(chunk, done)),
  });
}

/** From now on only `writeStdout` reaches stdout. Calling it twice is harmless. */
export function guardStdout(): void {
  if (own) return;
  own = process.stdout.write.bind(process.stdout);
  process.stdout.write = divert;
}

/** Whatever is written reaches stdout again. */
export function openStdout(): void {
  if (!own) return;
  process.stdout.write = own;
  own = undefined;
}

function divert(chunk: string | Uint8Array, encoding?: BufferEncoding | Done, done?: Done): boolean {
  const after = typeof encoding === 'function' ? encoding : done;
  const text =
    typeof chunk === 'string' ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString();
  // Nothing, to learn when all that came before is written.
  if (own && text === '') return own(text, after);
  if (!takeStrayOutput(text)) return process.stderr.write(text, after);
  if (after) queueMicrotask(after);
  return true;
}

type Done = (error?: Error | null) => void;
