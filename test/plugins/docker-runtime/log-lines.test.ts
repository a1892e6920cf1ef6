import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { logLines } from '../../../plugins/docker-runtime/log-lines.ts';
import { wanted } from '../../../plugins/docker-runtime/logs.ts';

function frame(stream: 1 | 2, text: string): Buffer {
  const bytes = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

async function read(...chunks: Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const { stream, text } of logLines(Readable.from(chunks))) lines.push(`${stream} ${text}`);
  return lines;
}

describe('The lines of a log', () => {
  it('know their stream', async () => {
    expect(await read(frame(1, 'a\n'), frame(2, 'b\n'))).toEqual(['stdout a', 'stderr b']);
  });

  it('are joined across frames of their own stream', async () => {
    expect(await read(frame(1, 'out'), frame(2, 'err\n'), frame(1, 'put\r\n'))).toEqual([
      'stderr err',
      'stdout output',
    ]);
  });

  it('are the same however the stream is cut', async () => {
    const whole = Buffer.concat([frame(1, 'first\nsecond ü\n'), frame(2, 'third\n'), frame(1, 'fourth')]);
    const bytes = Array.from(whole, (byte) => Buffer.from([byte]));
    expect(await read(...bytes)).toEqual(await read(whole));
    expect(await read(whole)).toEqual(['stdout first', 'stdout second ü', 'stderr third', 'stdout fourth']);
  });
});

it('an engine is asked for the last lines, and for those since a moment, in seconds', () => {
  expect(wanted({})).toEqual({ stdout: true, stderr: true });
  expect(wanted({ tail: 0, since: 1_500 })).toEqual({ stdout: true, stderr: true, tail: 0, since: 1.5 });
});
