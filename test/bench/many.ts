/** Rows of many pushes to many sites at once. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveRoutesIn } from '../../plugins/nginx-router/live-routes.ts';
import { type BenchHost, pushed } from './bench-host.ts';
import { timesFloorOrMore } from './goal.ts';
import { type Row, rowOf } from './measure.ts';
import { siteFiles } from './site.ts';

const sites = 20;

/**
 * First pushes of 20 sites, one after another and at once. A push that fails ends the run. What changes routes by a reload
 * is counted from outside: how often the part of nginx's configuration that needs one was another.
 */
export async function manyPushes(bench: BenchHost): Promise<Row[]> {
  const names = (kind: string) => Array.from({ length: sites }, (_, index) => `${kind}-${index}`);
  const [inTurn, atOnce] = [names('turn'), names('once')];
  for (const name of [...inTurn, ...atOnce]) await bench.host.commit(name, siteFiles(name));

  const turnBegan = performance.now();
  for (const name of inTurn) await pushed(bench.host, name);
  const floor = sites / ((performance.now() - turnBegan) / 1000);

  const reloads = countStructures(bench);
  const onceBegan = performance.now();
  await Promise.all(atOnce.map((name) => pushed(bench.host, name)));
  const value = sites / ((performance.now() - onceBegan) / 1000);
  const count = await reloads.end();

  for (const name of [...inTurn, ...atOnce]) await bench.octo('remove', name, '--yes');
  const goal = timesFloorOrMore(1.6);
  const name = `${sites} pushes at once beside one after another, ${count} reloads`;
  return [rowOf({ name, unit: 'in 1 s', goal }, [value], [floor])];
}

function countStructures({ dataDir }: BenchHost): { end(): Promise<number> } {
  const seen = new Set<string | undefined>();
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const text = await readFile(join(dataDir, 'nginx', 'nginx.conf'), 'utf8').catch(() => '');
      seen.add(liveRoutesIn(text)?.structure);
      await sleep(10);
    }
  })();
  return {
    async end() {
      over.abort();
      await watching;
      // The one that was there at first needed none.
      return seen.size - 1;
    },
  };
}
