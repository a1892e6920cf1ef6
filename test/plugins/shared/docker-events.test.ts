import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { engineEvents, progressLine } from '../../../plugins/shared/docker-events.ts';

describe('The events of the engine', () => {
  it('come one for each line, wherever the chunks end', async () => {
    const stream = Readable.from([
      Buffer.from('{"id":"a"}\r\n{"sta'),
      Buffer.from('tus":"b"}\n\n{"error":"c"}'),
    ]);
    const events: unknown[] = [];
    for await (const event of engineEvents(stream)) events.push(event);
    expect(events).toEqual([{ id: 'a' }, { status: 'b' }, { error: 'c' }]);
  });
});

describe('A line of progress', () => {
  it.each([
    { event: { status: 'Pulling from library/x', id: 'latest' }, line: 'latest: Pulling from library/x' },
    { event: { status: 'Digest: sha256:1' }, line: 'Digest: sha256:1' },
    { event: { status: 'Pull complete', id: 'abc', progressDetail: {} }, line: 'abc: Pull complete' },
    { event: { status: 'Downloading', id: 'abc', progressDetail: { current: 1 } }, line: undefined },
    { event: { status: 'Waiting', id: 'abc', progressDetail: {} }, line: undefined },
    { event: { stream: 'x' }, line: undefined },
  ])('of $event is $line', ({ event, line }) => {
    expect(progressLine(event)).toBe(line);
  });
});
