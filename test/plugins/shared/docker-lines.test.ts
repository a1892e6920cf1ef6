import { describe, expect, it } from 'vitest';
import { createLineCutter } from '../../../plugins/shared/docker-lines.ts';

function cut(...chunks: (string | Uint8Array)[]): string[] {
  const cutter = createLineCutter();
  return [...chunks.flatMap((chunk) => cutter.push(chunk)), ...cutter.end()];
}

describe('The line cutter', () => {
  it.each([
    { name: 'joins a line that lies across chunks', chunks: ['on', 'e\ntw', 'o\n'], lines: ['one', 'two'] },
    { name: 'gives the rest at the end', chunks: ['one\ntwo'], lines: ['one', 'two'] },
    { name: 'keeps empty lines', chunks: ['a\n\nb\n'], lines: ['a', '', 'b'] },
    { name: 'takes \\r\\n as one line end', chunks: ['a\r\nb\r', '\nc\r\n'], lines: ['a', 'b', 'c'] },
    {
      name: 'keeps the last version of an overwritten line',
      chunks: ['10%\r50%\r', '100%\r\n'],
      lines: ['100%'],
    },
    { name: 'forgets versions across chunks', chunks: ['1', '0%\r5', '0%\r', '9', '0%'], lines: ['90%'] },
  ])('$name', ({ chunks, lines }) => {
    expect(cut(...chunks)).toEqual(lines);
  });

  it('joins a character whose bytes lie across chunks', () => {
    const bytes = Buffer.from('grün\n');
    expect(cut(bytes.subarray(0, 3), bytes.subarray(3))).toEqual(['grün']);
  });

  it('does not gather a progress bar that never ends its line', () => {
    const cutter = createLineCutter();
    for (let at = 0; at < 1000; at++) expect(cutter.push(`${'#'.repeat(100)}\r`)).toEqual([]);
    expect(cutter.end()).toEqual(['#'.repeat(100)]);
  });

  it('breaks a line without end at 64 KiB', () => {
    const cutter = createLineCutter();
    const lines = [...cutter.push('x'.repeat(70_000)), ...cutter.push('y\n')];
    expect(lines.map((line) => line.length)).toEqual([70_000, 1]);
  });
});
