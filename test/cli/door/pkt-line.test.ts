import { expect, it } from 'vitest';
import { flush, pktLine, readGroups } from '../../../cli/door/pkt-line.ts';

it('a line has its own length in front, in bytes', () => {
  expect(pktLine('ok refs/heads/ä')).toBe('0015ok refs/heads/ä\n');
});

it('lines come in groups, however they are cut', () => {
  const bytes = Buffer.from(
    `${pktLine('version=1\0atomic')}${flush}${pktLine('one')}${pktLine('zwö')}${flush}`,
  );
  expect(readGroups(bytes)).toEqual({
    groups: [['version=1\0atomic'], ['one', 'zwö']],
    rest: Buffer.alloc(0),
  });
  for (let cut = 0; cut <= bytes.length; cut++) {
    const first = readGroups(bytes.subarray(0, cut));
    const second = readGroups(Buffer.concat([first.rest, bytes.subarray(cut)]));
    expect([...first.groups, ...second.groups]).toEqual([['version=1\0atomic'], ['one', 'zwö']]);
  }
});

it('what is no length is refused', () => {
  expect(() => readGroups(Buffer.from('zzzzhello'))).toThrow(expect.objectContaining({ code: 'E_GIT' }));
  expect(() => readGroups(Buffer.from('0003'))).toThrow(expect.objectContaining({ code: 'E_GIT' }));
});
