/** A site that is deployed again while something happens to Consul: nobody may notice but who deploys. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import type { ConsulOptions } from '../../plugins/consul/index.ts';
import { done, type PrivateInstance, page, privateInstance, type Ran } from '../helpers/private-instance.ts';

const site = 'shop';
const askEveryMs = 20;

/** A row of the table. */
export interface FaultMeta {
  readonly fault: string;
  readonly requests: number;
  readonly failures: number;
  /** From the end of the fault until the site shows what the store says is current. */
  readonly seconds: number;
  readonly outcome: 'went through' | 'was refused';
}

export interface SiteUnderFault {
  readonly host: PrivateInstance;
  /**
   * Deploys a new version while a fault lasts, ends the fault, converges, and looks: no request failed, what is shown is
   * one version whole, and it is the one that the deploy's end promised.
   */
  deployDuring(
    fault: string,
    events: { begin(): Promise<void>; end(): Promise<void> },
    expected: FaultMeta['outcome'] | 'either',
  ): Promise<FaultMeta>;
}

/** @param dir where the configuration is written @param address of the instances */
export async function siteUnderFault(
  dir: string,
  consul: ConsulOptions,
  address = '127.0.0.1',
): Promise<SiteUnderFault> {
  const config = join(dir, 'octohost.config.ts');
  await writeFile(config, configuration(consul, address));
  const host = await privateInstance({ config });
  let version = 1;
  await done(host.octo('deploy', site, await host.folder(page('version 1'))));
  return {
    host,
    async deployDuring(fault, events, expected) {
      const [before, after] = [await bodyOf(host), `version ${++version}`];
      const folder = await host.folder(page(after));
      const asking = askOften(host);
      await events.begin();
      const deployed = await host.octo('deploy', site, folder);
      await events.end();
      const seconds = await untilRight(host, deployed, before, after);
      const { answers, requests } = await asking.stop();
      const failures = [...answers].filter(([answer]) => ![before, after].includes(answer));
      expect(failures, `${fault}: ${deployed.stderr}`).toEqual([]);
      const outcome = deployed.code === 0 ? 'went through' : 'was refused';
      if (expected !== 'either') expect(outcome, deployed.stderr).toBe(expected);
      expect(await instancesOf(host)).toBe(1);
      return { fault, requests, failures: failures.length, seconds, outcome };
    },
  };
}

function configuration(options: ConsulOptions, address: string): string {
  const plugins = [
    ['dockerfileBuilder', 'dockerfile-builder', ''],
    ['imageBuilder', 'image-builder', ''],
    ['dockerRuntime', 'docker-runtime', ''],
    ['nginxRouter', 'nginx-router', ''],
    ['consul', 'consul', JSON.stringify(options)],
  ];
  return [
    "import { defineConfig } from 'octohost';",
    ...plugins.map(([factory, folder]) => `import { ${factory} } from 'octohost/plugins/${folder}';`),
    `export default defineConfig({`,
    `  instances: { address: '${address}' },`,
    `  plugins: [${plugins.map(([factory, , words]) => `${factory}(${words})`).join(', ')}],`,
    '});',
    '',
  ].join('\n');
}

/** Converges until it goes well; a deploy that went through shows the new version, one that was refused either whole. */
async function untilRight(
  host: PrivateInstance,
  deployed: Ran,
  before: string,
  after: string,
): Promise<number> {
  const began = performance.now();
  await expect
    .poll(async () => (await host.octo('converge', site, '--quiet')).code, { timeout: 60_000, interval: 100 })
    .toBe(0);
  const seconds = (performance.now() - began) / 1000;
  // Refused before the pointer it is the old one; where the answer to the pointer was lost for good, the new one.
  const right = deployed.code === 0 || deployed.stderr.includes('E_CONSUL_UNANSWERED') ? [after] : [before];
  if (deployed.code !== 0 && right[0] === after) right.push(before);
  expect(right, deployed.stderr).toContain(await bodyOf(host));
  return seconds;
}

async function bodyOf(host: PrivateInstance): Promise<string> {
  return (await host.get(site)).body;
}

function askOften(host: PrivateInstance) {
  const answers = new Map<string, number>();
  let requests = 0;
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      const { status, body } = await host.get(site);
      const answer = status === 200 ? body : String(status);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      requests++;
      await sleep(askEveryMs);
    }
  })();
  return {
    async stop() {
      over.abort();
      await asking;
      return { answers, requests };
    },
  };
}

async function instancesOf(host: PrivateInstance): Promise<number> {
  const docker = await connectDocker(host.instance.dockerHost);
  const { stdout } = await done(host.octo('services:catalog', site, '--json'));
  const [service] = JSON.parse(stdout).services ?? JSON.parse(stdout);
  const label = [`octohost.installation=${service.Meta['octohost-installation']}`, `octohost.site=${site}`];
  return (await docker.listContainers({ all: true, filters: { label } })).length;
}
