/** What is piped in, as text: all of it, or an error. */
import type { Readable } from 'node:stream';
import { errors } from './errors.ts';

/**
 * @param most bytes; more of them are not read
 * @throws E_STDIN: too much, or no UTF-8, which would not come out as it went in
 */
export async function readStdin(stdin: Readable, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw errors.E_STDIN({ problem: `is longer than ${most} bytes` });
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw errors.E_STDIN({ problem: 'is not UTF-8 text' }, { cause });
  }
}
