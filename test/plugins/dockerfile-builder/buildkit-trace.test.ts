import { describe, expect, it } from 'vitest';
import { decodeTrace } from '../../../plugins/dockerfile-builder/buildkit-trace.ts';
import { readFields } from '../../../plugins/dockerfile-builder/protobuf.ts';
import { trace } from './trace.ts';

describe('A BuildKit trace', () => {
  it('has steps, chunks of output and warnings', () => {
    const { aux } = trace({
      vertexes: [{ digest: 'sha256:1', name: 'RUN ü', started: true, cached: true, error: 'e' }],
      logs: [{ vertex: 'sha256:1', text: 'out\n', stream: 2 }],
      warnings: ['w'],
    });
    expect(decodeTrace(aux)).toEqual({
      vertexes: [{ digest: 'sha256:1', name: 'RUN ü', started: true, cached: true, error: 'e' }],
      logs: [{ vertex: 'sha256:1', stream: 2, bytes: Buffer.from('out\n') }],
      warnings: ['w'],
    });
  });

  it('that says nothing is empty', () => {
    expect(decodeTrace('')).toEqual({ vertexes: [], logs: [], warnings: [] });
  });
});

describe('The wire format', () => {
  it('skips values of fixed width', () => {
    const message = Buffer.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x18, 0xac, 0x02]);
    expect([...readFields(message)]).toEqual([{ number: 3, value: 300 }]);
  });

  it.each([
    { name: 'a field that is cut off', bytes: [0x0a, 5, 1] },
    { name: 'a number that is cut off', bytes: [0x08, 0x80] },
    { name: 'a type that is not known', bytes: [0x0b] },
  ])('refuses $name', ({ bytes }) => {
    expect(() => [...readFields(Buffer.from(bytes))]).toThrow(RangeError);
  });
});
