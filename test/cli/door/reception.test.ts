import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sourcesRoot } from '../../../cli/program.ts';

it('a git that cannot be started is told to who asks how it ended, and ends nothing before', () => {
  const program = `
    const { startReception } = await import(${JSON.stringify(join(sourcesRoot, 'cli/door/reception.ts'))});
    const limits = { maxPushMegabytes: 1, maxPushSeconds: 60 };
    const { request, ended } = startReception({ git: limits, dataDir: '/nowhere' }, '/nowhere', []);
    const found = await request;
    await new Promise((resolve) => setImmediate(resolve));
    console.log(found, await ended.catch(({ code }) => code));
    process.exit();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { PATH: '/nowhere' },
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'undefined E_GIT\n', stderr: '' });
});
