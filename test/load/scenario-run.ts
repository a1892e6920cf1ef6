/** One scenario: a site with three instances, deployed again and again by `octo deploy` while clients use it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { instanceLayout } from '../../cli/dev/instance-files.ts';
import { liveRoutesIn } from '../../plugins/nginx-router/live-routes.ts';
import type { PrivateInstance, Ran } from '../helpers/private-instance.ts';
import { startCrowd, type Versions } from './clients.ts';
import { dockerfile, type Scenario } from './scenarios.ts';
import { type Summary, summarize } from './tally.ts';

export interface Outcome {
  readonly scenario: Scenario;
  readonly deploys: number;
  readonly summary: Summary;
  /** Whether nginx was reloaded for the deploys. */
  readonly reloaded: boolean;
  /** Deploys that did not end as they should. */
  readonly problems: readonly string[];
}

const app = fileURLToPath(new URL('app/app.mjs', import.meta.url));
const site = 'load';

/** @param isOver whether no further deploy may begin, for the scenario has taken its time */
export async function runScenario(
  host: PrivateInstance,
  image: string,
  scenario: Scenario,
  isOver: () => boolean,
): Promise<Outcome> {
  try {
    const deploy = await prepareSite(host, image, scenario);
    return await runDeploys(host, scenario, deploy, isOver);
  } finally {
    await host.octo('remove', site, '--yes');
  }
}

async function runDeploys(
  host: PrivateInstance,
  scenario: Scenario,
  deploy: Deploy,
  isOver: () => boolean,
): Promise<Outcome> {
  const before = await structure(host);
  const versions: Versions = { least: 1, most: 1 };
  const { port } = new URL(host.instance.httpUrl);
  const crowd = startCrowd({ port: Number(port), host: `${site}.${host.instance.domainSuffix}` }, versions);
  const problems: string[] = [];
  let deploys = 0;
  while (deploys < scenario.deploys && (deploys === 0 || !isOver()))
    problems.push(...(await deployNext(++deploys, scenario, versions, deploy)));
  await crowd.stop();
  const reloaded = before === undefined || before !== (await structure(host));
  return { scenario, deploys, summary: summarize(crowd.fates), reloaded, problems };
}

type Deploy = (version: number, environment: Scenario['environment']) => Promise<Ran>;

/** The first version runs when this returns. */
async function prepareSite(host: PrivateInstance, image: string, scenario: Scenario): Promise<Deploy> {
  const folder = await host.folder({ 'app.mjs': await readFile(app, 'utf8') });
  const deploy: Deploy = async (version, environment) => {
    await writeFile(join(folder, 'Dockerfile'), dockerfile(image, version, environment));
    return host.octo('deploy', site, folder);
  };
  const set = (key: string, value: string) => host.octo('config:set', `${site}/${key}`, value, '--no-deploy');
  await set('CONTAINERS', '3');
  const { code, stderr } = await deploy(1, scenario.environment);
  if (code !== 0) throw new Error(`the first deploy failed\n${stderr}`);
  for (const [key, value] of Object.entries(scenario.settings ?? {})) await set(key, value);
  return deploy;
}

/** Returns what is wrong with how it ended. */
async function deployNext(
  count: number,
  { environment, broken }: Scenario,
  versions: Versions,
  deploy: Deploy,
): Promise<string[]> {
  const version = count + 1;
  if (!broken) versions.most = version;
  const { code, stderr } = await deploy(version, { ...environment, ...broken });
  if (!broken) versions.least = version;
  if ((code !== 0) === (broken !== undefined)) return [];
  return [`deploy ${count} ended with ${code}: ${stderr.trim()}`];
}

/** What stays the same while routes change without a reload. */
async function structure(host: PrivateInstance): Promise<string | undefined> {
  const { data } = instanceLayout(join(host.dir, 'i'));
  return liveRoutesIn(await readFile(join(data, 'nginx', 'nginx.conf'), 'utf8'))?.structure;
}
