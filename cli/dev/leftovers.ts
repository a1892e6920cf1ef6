/** What a private instance leaves in the world outside its folder, found by its installation's id and its own path. */
import { readdir, readFile } from 'node:fs/promises';
import { connectDocker } from './docker-connection.ts';
import { endRecorded, recordOf } from './processes.ts';

const graceMs = 10_000;

/** Ends its nginx and whatever octo process still works with its configuration file. */
export async function endInstanceProcesses(configFile: string, nginxPidFile: string): Promise<void> {
  const nginx = Number(await readFile(nginxPidFile, 'utf8').catch(() => ''));
  const prefix = nginxPidFile.slice(0, nginxPidFile.lastIndexOf('/'));
  const pids = (await processesWith(configFile)).filter((pid) => pid !== process.pid && pid !== process.ppid);
  if (nginx > 0 && (await commandLine(nginx)).includes(prefix)) pids.push(nginx);
  const running = (await Promise.all(pids.map(recordOf))).filter((record) => record !== undefined);
  await Promise.all(running.map((record) => endRecorded(record, { graceMs })));
}

async function processesWith(word: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => ((await commandLine(pid)).split('\0').includes(word) ? [pid] : [])),
  );
  return found.flat();
}

function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
}

/** Containers, volumes and images with the installation's label; never anything by name. */
export async function removeInstanceResources(dockerHost: string, installation: string): Promise<void> {
  const docker = await connectDocker(dockerHost);
  const filters = { label: [`octohost.installation=${installation}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes)
    await docker.getVolume(Name).remove();
  for (const { Id } of await docker.listImages({ filters }))
    await docker.getImage(Id).remove({ force: true });
}
