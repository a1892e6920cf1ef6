/** The instance that is measured, with the floor on the same engine. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { baseImage, importBusyboxImage } from '../../cli/dev/busybox-image.ts';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { freePort } from '../../cli/dev/free-port.ts';
import type { UpOptions } from '../../cli/dev/instance.ts';
import { instanceLayout, sshCommand } from '../../cli/dev/instance-files.ts';
import { type PrivateInstance, privateInstance, writeFiles } from '../helpers/private-instance.ts';
import { RawSequence } from './floor.ts';
import { type OwnCpu, takeUses } from './process-use.ts';
import { siteFiles, untilAnswers } from './site.ts';

/** One `git push`. Times in seconds from its start. */
export interface Pushed {
  /** Until the new version answered. */
  readonly answered: number;
  /** Until git came back. */
  readonly returned: number;
  /** What the process that received it used itself, and octohost's own share of that. */
  readonly cpuMs: number;
  readonly ownCpuMs: OwnCpu;
  readonly memoryMb: number;
}

export interface BenchHost {
  readonly host: PrivateInstance;
  readonly dataDir: string;
  /** The floor's deploy of a site with this text. */
  floor(text: string, instances?: number): Promise<number>;
  /** More containers of the floor's image, all at once. */
  start(text: string, instances?: number): Promise<number>;
  /** Commits a site that shows the text, and pushes it. */
  push(site: string, text: string): Promise<Pushed>;
  /** Seconds from the start of `octo …` until the site shows the text. */
  until(site: string, text: string, ...words: string[]): Promise<number>;
  /** Seconds that `octo …` takes. */
  whole(...words: string[]): Promise<number>;
  /** Runs `octo …`, which has to end well. */
  octo(...words: string[]): Promise<void>;
  dispose(): Promise<void>;
}

/** What is left to do after a command (old instances end) must not count for what comes next. */
const restMs = 1_000;

export async function benchHost(options: Partial<UpOptions> = {}): Promise<BenchHost> {
  const config = fileURLToPath(new URL('bench.config.ts', import.meta.url));
  const host = await privateInstance({ ...options, config });
  const { instance } = host;
  const dataDir = instanceLayout(host.home).data;
  const port = Number(new URL(instance.httpUrl).port);
  const raw = new RawSequence(join(host.dir, 'n'), instance.dockerHost, await freePort());
  try {
    await importBusyboxImage(await connectDocker(instance.dockerHost), baseImage);
    await raw.begin();
  } catch (error) {
    await host.dispose();
    throw error;
  }
  const answers = (site: string, text: string) =>
    untilAnswers({ port, host: `${site}.${instance.domainSuffix}`, text });
  const octo = async (...words: string[]) => {
    const { code, stderr } = await host.octo(...words);
    if (code !== 0) throw new Error(`octo ${words.join(' ')} ended with ${code}\n${stderr}`);
  };
  return {
    host,
    dataDir,
    octo,
    async floor(text, instances) {
      await sleep(restMs);
      const source = join(host.dir, 'floor');
      await writeFiles(source, siteFiles(text));
      return raw.deploy(source, text, instances);
    },
    async start(text, instances) {
      await sleep(restMs);
      return raw.start(text, instances);
    },
    async push(site, text) {
      await host.commit(site, siteFiles(text));
      await takeUses(dataDir, 'door:serve');
      await sleep(restMs);
      const began = performance.now();
      const [returned, answered] = await Promise.all([
        pushed(host, site).then(() => performance.now()),
        answers(site, text).then(() => performance.now()),
      ]);
      const [use] = await takeUses(dataDir, 'door:serve');
      return {
        answered: (answered - began) / 1000,
        returned: (returned - began) / 1000,
        cpuMs: use?.cpuMs ?? Number.NaN,
        ownCpuMs: use?.ownCpuMs ?? {
          start: Number.NaN,
          receive: Number.NaN,
          register: Number.NaN,
          finish: Number.NaN,
        },
        memoryMb: use?.memoryMb ?? Number.NaN,
      };
    },
    async until(site, text, ...words) {
      await sleep(restMs);
      const began = performance.now();
      const answered = answers(site, text).then(() => (performance.now() - began) / 1000);
      await Promise.all([answered, octo(...words)]);
      return answered;
    },
    async whole(...words) {
      await sleep(restMs);
      const began = performance.now();
      await octo(...words);
      return (performance.now() - began) / 1000;
    },
    async dispose() {
      await raw.end();
      await host.dispose();
    },
  };
}

/** `git push` of a site's main branch as it stands, which has to end well. */
export function pushed({ instance, dir }: PrivateInstance, site: string): Promise<void> {
  const words = ['-C', join(dir, 'repositories', site), 'push', '-q'];
  const child = spawn('git', [...words, instance.pushUrl.replace('{site}', site), 'main'], {
    env: { ...process.env, GIT_SSH_COMMAND: sshCommand(instance) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`git push ended with ${code}\n${said}`)),
    );
  });
}
