/** Clearing away what a Docker engine that ended, well or not, may have left on the machine. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { belongsToEngine, type EngineLayout } from './engine-layout.ts';
import { enginesBridges } from './engine-network.ts';
import { mountPointsBelow } from './mounts.ts';
import { endRecorded, type ProcessRecord, recordOf } from './processes.ts';
import { runProgram } from './programs.ts';

/**
 * Ends processes, removes bridges, mounts, sockets and pid files of an engine that no longer runs. Data stays.
 * Containers are ended before their shims: a shim would report their end to nobody, and then stay.
 */
export async function clearLeftovers(engine: EngineLayout): Promise<void> {
  await endAll(await containerProcesses(engine));
  await endAll(await ownProcesses(engine));
  await removeBridges(engine);
  await unmountAll(engine);
  const files = [
    engine.socket,
    engine.dockerd.pidFile,
    engine.containerd.socket,
    `${engine.containerd.socket}.ttrpc`,
  ];
  await Promise.all(files.map((file) => rm(file, { force: true })));
}

async function endAll(records: readonly ProcessRecord[]): Promise<void> {
  await Promise.all(records.map((record) => endRecorded(record, { graceMs: 0 })));
}

/** The first process of each container, as runc recorded it; with it ends everything in the container. */
async function containerProcesses(engine: EngineLayout): Promise<ProcessRecord[]> {
  const folder = join(engine.exec, 'runtime-runc', 'moby');
  const ids = await readdir(folder).catch(() => []);
  const states = await Promise.all(
    ids.map((id) => readFile(join(folder, id, 'state.json'), 'utf8').catch(() => '')),
  );
  return states.flatMap((text) => {
    if (text === '') return [];
    const { init_process_pid: pid, init_process_start: startTime } = JSON.parse(text);
    return Number.isSafeInteger(pid) && pid > 1 ? [{ pid, startTime: Number(startTime) }] : [];
  });
}

async function ownProcesses(engine: EngineLayout): Promise<ProcessRecord[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const records = await Promise.all(
    pids.map(async (pid) => {
      // First who it is, then what it runs: a pid that changes hands in between is caught by its start time.
      const record = await recordOf(pid);
      const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      return belongsToEngine(engine, argv) ? record : undefined;
    }),
  );
  return records.filter((record) => record !== undefined);
}

async function removeBridges(engine: EngineLayout): Promise<void> {
  const links = JSON.parse((await runProgram('ip', ['-json', 'link', 'show', 'type', 'bridge'])) || '[]');
  const names = (links as { ifname?: string }[]).map((link) => link.ifname ?? '');
  const database = join(engine.data, 'network', 'files', 'local-kv.db');
  const networks = await readFile(database, 'latin1').catch(() => '');
  for (const bridge of enginesBridges(engine.bridge, names, networks)) {
    await runProgram('ip', ['link', 'delete', bridge]);
  }
}

async function unmountAll(engine: EngineLayout): Promise<void> {
  for (const point of mountPointsBelow(await readFile('/proc/self/mounts', 'utf8'), engine.dir)) {
    await runProgram('umount', ['-l', point]);
  }
}
