/** The hook that git runs, as the shell script that it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseHookRequest } from '../../../cli/door/hook-request.ts';

const hook = fileURLToPath(new URL('../../../cli/door/hooks/pre-receive', import.meta.url));
const ref = `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/main`;

/** The hook, when it has handed over what git told it. */
async function started() {
  const child = spawn(hook, {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
    env: { GIT_PUSH_OPTION_COUNT: '0' },
  });
  const streams = [2, 3, 4].map((descriptor) => child.stdio[descriptor] as Duplex);
  const [shown, talk, verdict] = streams as [Duplex, Duplex, Duplex];
  let told = '';
  talk.on('data', (data: Buffer) => {
    told += data.toString();
  });
  child.stdin?.end(`${ref}\n`);
  while (!told.endsWith('\n.\n')) await once(talk, 'data');
  return { shown, talk, verdict, told, ended: once(child, 'close') as Promise<[number | null]> };
}

describe('the hook of a push', () => {
  it('hands over what is pushed, shows each line as it comes, and ends with the verdict', async () => {
    const { shown, talk, verdict, told, ended } = await started();
    expect(parseHookRequest(told).updates.map((update) => update.ref)).toEqual(['refs/heads/main']);
    talk.write('  one \\n %s\n');
    expect(String(await once(shown, 'data'))).toBe('  one \\n %s\n');
    talk.end('two\n');
    expect(String(await once(shown, 'data'))).toBe('two\n');
    verdict.end('7\n');
    expect(await ended).toEqual([7, null]);
  });

  it('gives the verdict where the pusher is gone and reads nothing any more', async () => {
    const { shown, talk, verdict, ended } = await started();
    shown.destroy();
    talk.write('one\n');
    talk.end('two\n');
    verdict.end('0\n');
    expect(await ended).toEqual([0, null]);
  });

  it('refuses where nobody gives a verdict', async () => {
    const { talk, verdict, ended } = await started();
    talk.end();
    verdict.end();
    expect(await ended).toEqual([1, null]);
  });
});
