/** The Docker Engine restarted: while nothing happens, and in the middle of a deploy. */
import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { startDockerEngine } from '../../cli/dev/docker-engine.ts';
import { engineLayout } from '../../cli/dev/engine-layout.ts';
import { isRunning, type ProcessRecord } from '../../cli/dev/processes.ts';
import { ownEngine } from '../helpers/docker-engine.ts';
import { Bench } from './bench.ts';
import { push } from './kinds.ts';
import { faultLab } from './lab.ts';

const engine = await ownEngine();
const { dir } = engine;
const lab = await faultLab({ dockerHost: engine.dockerHost });
afterAll(async () => {
  await lab.dispose();
  await engine.dispose();
});

/** Ends the engine alone, with a signal: what it ran it is to find again. */
async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { record } = engineLayout(dir).dockerd;
  process.kill((JSON.parse(await readFile(record, 'utf8')) as ProcessRecord).pid, signal);
  await expect.poll(() => isRunning(record), { timeout: 60_000 }).toBe(false);
}

const start = () => startDockerEngine({ dir });

describe('an engine that is restarted while nothing happens', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'by %s: sites answer again by themselves, at the same addresses',
    async (signal) => {
      const site = `idle-${signal.toLowerCase()}`;
      const answer = await push.prepare(lab, site);
      await lab.settle();
      const before = await lab.look(site);
      await end(signal);
      await start();
      await expect.poll(async () => (await lab.host.get(site)).body, { timeout: 60_000 }).toBe(answer);
      const after = await lab.look(site);
      const ids = ({ containers }: typeof before) => containers.map(({ id, bound }) => ({ id, bound }));
      expect(ids(after)).toEqual(ids(before));
      expect(await lab.converge()).toEqual({ actions: [], problems: [] });
    },
  );
});

const bench = new Bench(lab, push);
const reference = await bench.record();
const moments = ['builder.build', 'runtime.start', 'runtime.keep', 'store.transact pointer', 'router.apply'];

describe('an engine that is restarted in the middle of a deploy', () => {
  it.each(moments)('before %s: the deploy ends, and all is old or new', async (name) => {
    const fault = { program: 'door:serve', name, mode: 'hold' } as const;
    const during = async () => {
      await lab.held();
      await end('SIGTERM');
      await start();
      lab.release();
    };
    await bench.round({ fault, during, gap: true }, reference);
  });

  it.each(moments)('before %s, and comes back only after the deploy has ended', async (name) => {
    const fault = { program: 'door:serve', name, mode: 'hold' } as const;
    const during = async () => {
      await lab.held();
      await end('SIGKILL');
      lab.release();
    };
    const after = async () => void (await start());
    await bench.round({ fault, during, after, gap: true }, reference);
  });
});
