/** A process killed in the middle of what it writes into the store's journal, at one write after the other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { octoPath, ran } from '../helpers/private-instance.ts';
import { Bench } from './bench.ts';
import { configuration, type Kind } from './kinds.ts';
import { faultLab } from './lab.ts';

const lab = await faultLab();
afterAll(() => lab.dispose());

const trace = join(lab.host.home, 'trace');
const journal = join(lab.host.home, 'data', 'store.sqlite-wal');

/** A change of configuration whose process is killed in the write of this number; 0: it is only watched. */
const killedAt = (number: () => number): Kind => ({
  ...configuration,
  name: 'store',
  deploy(_, site, answer) {
    const inject = number() === 0 ? [] : [`--inject=pwrite64:signal=KILL:when=${number()}`];
    const words = ['-qq', '-P', journal, '-o', trace, '--trace=pwrite64', ...inject];
    const env = { ...process.env, OCTOHOST_CONFIG: lab.host.instance.configFile };
    return ran('strace', [...words, octoPath, 'config:set', `${site}/TEXT`, answer], { env });
  },
});

it('leaves the old release or the new one, wherever it is killed', async () => {
  let number = 0;
  const bench = new Bench(
    lab,
    killedAt(() => number),
  );
  const reference = await bench.record();
  const writes = readFileSync(trace, 'utf8').split('pwrite64(').length - 1;
  expect(writes).toBeGreaterThan(10);
  const became: string[] = [];
  for (number = 1; number <= writes; number += Math.ceil(writes / 24))
    became.push((await bench.round({}, reference)).became);
  expect(new Set(became)).toEqual(new Set(['old', 'new']));
}, 600_000);
