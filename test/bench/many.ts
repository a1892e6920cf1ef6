/** Rows of many pushes to many sites at once. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveRoutesIn } from '../../plugins/nginx-router/live-routes.ts';
import { type BenchHost, pushed } from './bench-host.ts';
import { coresNote, cpuSeconds } from './cores.ts';
import { timesFloorOrMore } from './goal.ts';
import { type Row, rowOf } from './measure.ts';
import { siteFiles } from './site.ts';

const sites = 20;

/**
 * First pushes of 20 sites, one after another and at once. A push that fails ends the run. What changes routes by a reload
 * is counted from outside: how often the part of nginx's configuration that needs one was another.
 */
export async function manyPushes(bench: BenchHost): Promise<{ rows: Row[]; notes: string[] }> {
  const names = (kind: string) => Array.from({ length: sites }, (_, index) => `${kind}-${index}`);
  const [inTurn, atOnce] = [names('turn'), names('once')];
  for (const name of [...inTurn, ...atOnce]) await bench.host.commit(name, siteFiles(name));

  const one = await timed(async () => {
    for (const name of inTurn) await pushed(bench.host, name);
  });
  const reloads = countStructures(bench);
  const all = await timed(() => Promise.all(atOnce.map((name) => pushed(bench.host, name))));
  const count = await reloads.end();

  for (const name of [...inTurn, ...atOnce]) await bench.octo('remove', name, '--yes');
  const goal = timesFloorOrMore(1.6);
  const name = `${sites} pushes at once beside one after another, ${count} reloads`;
  const note = coresNote(`${sites} first pushes`, { 'one after another': one.cores, 'at once': all.cores });
  return {
    rows: [rowOf({ name, unit: 'in 1 s', goal }, [sites / all.seconds], [sites / one.seconds])],
    notes: [note],
  };
}

async function timed(work: () => Promise<unknown>): Promise<{ seconds: number; cores: number }> {
  const [began, cpuBefore] = [performance.now(), cpuSeconds()];
  await work();
  const seconds = (performance.now() - began) / 1000;
  return { seconds, cores: (cpuSeconds() - cpuBefore) / seconds };
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
