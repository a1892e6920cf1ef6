import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAssignments } from '../../../cli/migrate/shell-assignments.ts';

const valuesOf = (text: string) => Object.fromEntries(readAssignments(text).values);

describe('assignments of a shell script', () => {
  it.each([
    { text: 'A=x', value: 'x' },
    { text: '  export A=x  # why', value: 'x' },
    { text: 'A="x y"', value: 'x y' },
    { text: "A='$(id) `id` \\'", value: '$(id) `id` \\' },
    { text: 'A="a\\"b\\$c\\d"', value: 'a"b$c\\d' },
    { text: 'A=a\\ b', value: 'a b' },
    { text: 'A=a"b c"\'d e\'', value: 'ab cd e' },
    { text: 'A=http://x/#part', value: 'http://x/#part' },
    { text: 'A=', value: '' },
    { text: 'A=x\r', value: 'x' },
    { text: 'A=1\nA=2', value: '2' },
    { text: 'B=192.0.2.7\nA="$B.xip.io"', value: '192.0.2.7.xip.io' },
    { text: `B=x\nA=$\{B}y`, value: 'xy' },
  ])('are read: $text', ({ text, value }) => {
    expect(valuesOf(text)).toMatchObject({ A: value });
    expect(readAssignments(text).unread).toEqual([]);
  });

  it.each([
    { text: 'A=$(curl -s http://ip)', because: 'it runs a command' },
    { text: 'A="`id`"', because: 'it runs a command' },
    { text: 'A=$B', because: 'it needs B, which is not known here' },
    { text: `A=$\{B:-x}`, because: 'it has a $ that only a shell understands' },
    { text: 'A="x', because: 'a quote is not closed' },
    { text: "A='x", because: 'a quote is not closed' },
    { text: 'A=x; rm -rf /', because: 'a command stands behind it' },
    { text: 'A=x command', because: 'a command stands behind it' },
    { text: 'A=x\\', because: 'it goes on in the next line' },
    { text: 'if true; then', because: 'it is no assignment' },
    { text: '. /etc/other', because: 'it is no assignment' },
  ])('are told where only a shell knows: $text', ({ text, because }) => {
    const { values, unread } = readAssignments(`# a comment\n${text}`);
    expect(values.size).toBe(0);
    expect(unread).toMatchObject([{ line: 2, because }]);
  });

  it('that are not understood leave no earlier value in force', () => {
    expect(valuesOf('A=x\nA=$(id)')).toEqual({});
  });

  it('mean what a shell means by them, whatever the value is', () => {
    const value = fc.string({
      unit: fc.constantFrom(...' ab$`"\'\\#;&|<>()*?~=!{}\t'.split('')),
      maxLength: 12,
    });
    fc.assert(
      fc.property(value, (text) => {
        const { values } = readAssignments(`A=${text}`);
        const read = values.get('A');
        // A tilde at the start of a word is the one thing that assignments expand beside $: octohost's values have none.
        if (read === undefined || text.includes('~')) return;
        const said = execFileSync('/bin/sh', ['-c', `A=${text}\nprintf %s "$A"`], {
          encoding: 'utf8',
          // Nothing of it may run; if something did, it would find nothing here.
          cwd: '/proc/self',
          env: { PATH: '/nowhere' },
        });
        expect(read).toBe(said);
      }),
      { numRuns: 60 },
    );
  });
});
