import { describe, expect, it } from 'vitest';
import { isStaticProgram } from '../../../cli/dev/elf.ts';

const load = 1;
const interpreter = 3;

/** The head of a program: an ELF header and a table of program headers of these types right after it. */
function program(types: number[], { bits, little }: { bits: 32 | 64; little: boolean }): Buffer {
  const wide = bits === 64;
  const headerSize = wide ? 64 : 52;
  const entrySize = wide ? 56 : 32;
  const file = Buffer.alloc(headerSize + entrySize * types.length + 64);
  file.write('\x7fELF', 'latin1');
  file[4] = wide ? 2 : 1;
  file[5] = little ? 1 : 2;
  const short = (value: number, at: number) =>
    little ? file.writeUInt16LE(value, at) : file.writeUInt16BE(value, at);
  const word = (value: number, at: number) =>
    little ? file.writeUInt32LE(value, at) : file.writeUInt32BE(value, at);
  word(headerSize, wide ? (little ? 32 : 36) : 28);
  short(entrySize, wide ? 54 : 42);
  short(types.length, wide ? 56 : 44);
  for (const [index, type] of types.entries()) word(type, headerSize + index * entrySize);
  return file;
}

describe('isStaticProgram', () => {
  it.each([
    { bits: 64, little: true },
    { bits: 64, little: false },
    { bits: 32, little: true },
    { bits: 32, little: false },
  ] as const)('sees the loader in a $bits-bit file (little-endian: $little)', (kind) => {
    expect(isStaticProgram(program([load, load], kind))).toBe(true);
    expect(isStaticProgram(program([load, interpreter, load], kind))).toBe(false);
  });

  it.each([
    { what: 'a script', file: Buffer.from('#!/bin/sh\n'.padEnd(100, '#')) },
    { what: 'an empty file', file: Buffer.alloc(0) },
    {
      what: 'a file cut off in its table',
      file: program([load, load], { bits: 64, little: true }).subarray(0, 70),
    },
  ])('does not take $what for one', ({ file }) => {
    expect(isStaticProgram(file)).toBe(false);
  });
});
