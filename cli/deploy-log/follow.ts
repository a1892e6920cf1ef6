/** Reads the output of a deploy from its start, and goes on while the deploy runs. */
import { existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LoggedDeploy, logFiles } from './place.ts';

const lookEveryMs = 100;

/**
 * Yields the text as it comes, and ends when the deploy's process has closed the log, or is gone.
 * @param isGone whether the process that writes is no more
 * @returns undefined where there is no output of this deploy on this host
 */
export async function followDeployLog(
  dataDir: string,
  deploy: LoggedDeploy,
  isGone: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<AsyncIterable<string> | undefined> {
  const { running, whole } = logFiles(dataDir, deploy);
  const file = (await tryOpen(running)) ?? (await tryOpen(whole));
  return file && follow(file, async () => !existsSync(running) || (await isGone()), signal);
}

async function* follow(
  file: FileHandle,
  isOver: () => Promise<boolean>,
  signal: AbortSignal,
): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.alloc(64 * 1024);
  try {
    for (;;) {
      // Asked before the last read, so that nothing said in between is missed.
      const over = await isOver();
      for (let read = await file.read(buffer); read.bytesRead > 0; read = await file.read(buffer))
        yield decoder.write(buffer.subarray(0, read.bytesRead));
      if (over || signal.aborted) return;
      await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    await file.close();
  }
}

async function tryOpen(path: string): Promise<FileHandle | undefined> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
