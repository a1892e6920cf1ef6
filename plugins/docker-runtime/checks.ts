/** What `octo doctor` looks at of the engine. */
import { statfs } from 'node:fs/promises';
import type { CheckFinding, PluginCheck } from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import type { DockerHost } from '../shared/docker-host.ts';

/** What is used of what the engine tells of itself. */
export interface EngineInfo {
  readonly ServerVersion: string;
  readonly DockerRootDir: string;
  readonly SystemTime: string;
}

/** @param host the engine's address; its disk can be looked at where that is on this machine */
export function engineChecks(client: DockerClient, host: () => DockerHost): PluginCheck[] {
  const info = async () => (await client.use((docker) => docker.info())) as EngineInfo;
  return [
    {
      name: 'engine',
      summary: 'The Docker Engine answers, by the same time as this host.',
      why: 'Nothing can be built, started or mended without it; what runs goes on.',
      async run() {
        const asked = Date.now();
        return judgeEngine(await info(), asked, Date.now());
      },
    },
    {
      name: 'engine-disk',
      summary: 'Room where the engine keeps images, containers and volumes.',
      why: 'A full disk stops builds, and containers that write.',
      async run() {
        const { DockerRootDir: folder } = await info();
        if (host().kind !== 'unix')
          return { state: 'ok', message: `${folder} is on another host and not looked at.` };
        return judgeRoom(folder, await statfs(folder));
      },
    },
  ];
}

/** More than this is no matter of the time that the question takes. */
const toleranceMs = 5_000;

/** @param asked when it was asked, and `answered` when the answer came; milliseconds since 1970. Pure. */
export function judgeEngine(
  { ServerVersion: version, SystemTime: time }: EngineInfo,
  asked: number,
  answered: number,
): CheckFinding {
  const its = Date.parse(time);
  const off = Math.max(asked - its, its - answered, 0);
  if (off <= toleranceMs)
    return { state: 'ok', message: `Docker Engine ${version} answers within ${answered - asked} ms.` };
  return {
    state: 'warning',
    message: `Docker Engine ${version} answers, and its clock is ${Math.round(off / 1000)} s from this host's.`,
    hint: 'timedatectl set-ntp true, on both',
  };
}

const megabyte = 1024 * 1024;
/** Megabytes below which it is about to be full. */
const least = { warning: 1024, failed: 100 };

/** Pure. */
export function judgeRoom(
  folder: string,
  { bavail, bsize, ffree, files }: { bavail: number; bsize: number; ffree: number; files: number },
): CheckFinding {
  const free = Math.floor((bavail * bsize) / megabyte);
  const message = `${folder} has ${free} MB free${files > 0 ? ` and ${ffree} of ${files} inodes` : ''}.`;
  const hint = 'octo clean; what others left there shows docker system df';
  const noInodes = files > 0 && ffree * 100 < files;
  if (free < least.failed || (files > 0 && ffree === 0)) return { state: 'failed', message, hint };
  return free < least.warning || noInodes ? { state: 'warning', message, hint } : { state: 'ok', message };
}
