const interpreterEntry = 3; // PT_INTERP, elf(5)

/**
 * True for a program that runs without any library: an ELF file without a PT_INTERP program header.
 * @param file the whole program, or at least its first pages
 * @returns false too for what is no ELF file
 */
export function isStaticProgram(file: Buffer): boolean {
  if (file.length < 64 || file.toString('latin1', 0, 4) !== '\x7fELF') return false;
  const wide = file[4] === 2;
  const little = file[5] === 1;
  const short = (at: number) => (little ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const word = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  // A program header table starts within the first pages: the upper half of a 64-bit offset is zero.
  const tableAt = word(wide ? (little ? 32 : 36) : 28);
  const entrySize = short(wide ? 54 : 42);
  const entries = short(wide ? 56 : 44);
  for (let index = 0; index < entries; index++) {
    const at = tableAt + index * entrySize;
    if (at + 4 > file.length || word(at) === interpreterEntry) return false;
  }
  return true;
}
