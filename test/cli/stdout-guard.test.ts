/** Stdout holds the program's own words only, whoever writes what in the same process. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ran } from '../helpers/private-instance.ts';

const root = join(import.meta.dirname, '..', '..');
const module = (path: string) => JSON.stringify(join(root, path));

/** Runs lines of a program that has the guard, the engine's hooks, and `told`, what a tap's caller was told. */
function program(...lines: string[]) {
  const text = `
    import { guardStdout, openStdout, writeStdout } from ${module('cli/stdout-guard.ts')};
    import { createHooks } from ${module('core/hooks.ts')};
    const told = [];
    const caller = {
      signal: new AbortController().signal,
      output: (line) => told.push(line),
      warn: (line) => told.push('warn ' + line),
    };
    const tap = async (run) => {
      const hooks = createHooks();
      hooks.forPlugin('loud').removed.tap('shout', run);
      await hooks.announce('removed', { site: 'app', volumes: [] }, caller);
    };
    guardStdout();
    ${lines.join('\n')}
  `;
  return ran(process.execPath, ['--input-type=module', '--eval', text], { cwd: root });
}

describe('with the guard', () => {
  it('the program reaches stdout, and everybody else stderr', async () => {
    const { code, stdout, stderr } = await program(
      "writeStdout('result');",
      "console.log('logged');",
      "process.stdout.write('written');",
      'process.stdout.write(new TextEncoder().encode(" bytes"));',
    );
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'result', stderr: 'logged\nwritten bytes' });
  });

  it('what a tap writes is its output, under its name', async () => {
    const { stdout, stderr } = await program(
      "await tap(() => { console.log('hello'); process.stdout.write('there'); });",
      'writeStdout(JSON.stringify(told));',
    );
    expect(JSON.parse(stdout)).toEqual([
      expect.stringMatching(/^warn loud:shout on removed writes to stdout/),
      'hello',
      'there',
    ]);
    expect(stderr).toBe('');
  });

  it('whoever waits for its writing hears of it, and nothing is an answer too', async () => {
    const { stdout } = await program(
      'const written = (text) => new Promise((done) => process.stdout.write(text, () => done(text)));',
      "const outside = [await written('a'), await written('')];",
      'let inside;',
      "await tap(async () => { inside = await written('b'); });",
      'writeStdout(JSON.stringify([outside, inside]));',
    );
    expect(JSON.parse(stdout)).toEqual([['a', ''], 'b']);
  });

  it('all reach stdout again once it is opened', async () => {
    const { stdout } = await program('guardStdout();', 'openStdout();', "console.log('help');");
    expect(stdout).toBe('help\n');
  });
});
