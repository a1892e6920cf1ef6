/** Rows of one site's change of routes among many, on a real nginx. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../cli/dev/free-port.ts';
import type { Route } from '../../core/index.ts';
import { apply, createLab, type Lab, route } from '../plugins/nginx-router/lab.ts';
import { timesFloor } from './goal.ts';
import { measure, type Row } from './measure.ts';
import { untilAnswers } from './site.ts';

const run = promisify(execFile);

/** Sites with one instance each, and with one to three. */
export async function routeChanges(counts: readonly number[], rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const sites of counts)
    for (const [words, goal, instancesOf] of [
      ['1 instance each', timesFloor(2), () => 1],
      ['1 to 3 instances each', timesFloor(4), (index: number) => (index % 3) + 1],
    ] as const) {
      const lab = await createLab();
      const map = new OneMap(join(lab.folder, 'map'), await freePort());
      try {
        rows.push(
          await measure({
            name: `one site's change among ${sites}, ${words}`,
            unit: 'ms',
            goal,
            rounds,
            ...(await changes(lab, map, { sites, instancesOf })),
          }),
        );
      } finally {
        await map.stop();
        await lab.end();
      }
    }
  return rows;
}

interface Sites {
  readonly sites: number;
  readonly instancesOf: (index: number) => number;
}

/** The last site's instances are others from round to round. */
async function changes(lab: Lab, map: OneMap, { sites, instancesOf }: Sites) {
  const three = async (text: string) =>
    Promise.all([lab.upstream(text), lab.upstream(text), lab.upstream(text)]);
  const [even, odd, others] = [await three('turn 0'), await three('turn 1'), await three('others')];
  const instancesAt = (index: number, round: number) => {
    const all = index < sites - 1 ? others : round % 2 ? odd : even;
    return all.slice(0, instancesOf(index));
  };
  const portOf = (index: number, round: number) => instancesAt(index, round)[0]?.port ?? 0;
  const routes = (round: number): Route[] =>
    Array.from({ length: sites }, (_, index) => route(`site-${index}`, ...instancesAt(index, round)));
  const router = lab.router();
  await apply(router, ...routes(1));
  await map.start(sites, (index) => portOf(index, 1));
  const host = `site-${sites - 1}.test`;
  const taken = async (round: number, port: number, change: () => Promise<unknown>) => {
    const began = performance.now();
    await change();
    await untilAnswers({ port, host, text: `turn ${round % 2}` });
    return performance.now() - began;
  };
  return {
    floor: (round: number) =>
      taken(round, map.port, () => map.change(sites, (index) => portOf(index, round))),
    value: (round: number) => taken(round, lab.port, () => apply(router, ...routes(round))),
  };
}

/** The floor: one map of all hosts in one file, written anew, and `nginx -s reload`. */
class OneMap {
  readonly port: number;
  readonly #dir: string;
  #nginx: ChildProcess | undefined;

  constructor(dir: string, port: number) {
    this.#dir = dir;
    this.port = port;
  }

  async start(sites: number, portOf: (index: number) => number): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${this.#dir}/${name};`)
      .join(' ');
    await writeFile(
      this.#conf,
      [
        `pid ${this.#dir}/nginx.pid;`,
        `error_log ${this.#dir}/error.log;`,
        'worker_processes 2;',
        'events {}',
        `http { access_log off; ${temporary} map_hash_max_size 65536; map_hash_bucket_size 128;`,
        `map $host $upstream { include ${this.#dir}/hosts.map; }`,
        `server { listen 127.0.0.1:${this.port}; location / { proxy_pass http://$upstream; } } }`,
        '',
      ].join('\n'),
    );
    await this.#write(sites, portOf);
    this.#nginx = spawn('nginx', [...this.#words, '-g', 'daemon off;'], { stdio: 'ignore' });
    await untilAnswers({ port: this.port, host: `site-${sites - 1}.test`, text: 'turn 1' });
  }

  async change(sites: number, portOf: (index: number) => number): Promise<void> {
    await this.#write(sites, portOf);
    await run('nginx', [...this.#words, '-s', 'reload']);
  }

  async stop(): Promise<void> {
    const nginx = this.#nginx;
    if (nginx === undefined) return;
    const ended = new Promise((resolve) => nginx.once('exit', resolve));
    nginx.kill('SIGTERM');
    await ended;
  }

  get #conf(): string {
    return join(this.#dir, 'nginx.conf');
  }

  get #words(): string[] {
    return ['-p', this.#dir, '-c', this.#conf];
  }

  #write(sites: number, portOf: (index: number) => number): Promise<void> {
    const lines = Array.from(
      { length: sites },
      (_, index) => `site-${index}.test 127.0.0.1:${portOf(index)};`,
    );
    return writeFile(join(this.#dir, 'hosts.map'), `${lines.join('\n')}\n`);
  }
}
