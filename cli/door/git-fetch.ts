/** One fetch from a foreign server: nothing comes along that was not asked for, and it is bounded in time and size. */
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { configWords, endGroup, legacyDefects, startGit } from './git-process.ts';

export interface FetchLimits {
  /** Of the whole repository afterwards, in 1024 × 1024 bytes. */
  readonly megabytes: number;
  readonly seconds: number;
}

export interface Fetch {
  /** The repository that is fetched into. */
  readonly path: string;
  readonly url: string;
  readonly refspecs: readonly string[];
  /** How many commits of each history; all where it is left out. */
  readonly depth?: number;
}

/** A limit ends the matter; after anything else, another way to fetch may go better. */
export class LimitPassed extends Error {}

const lookMs = 200;

const settings = {
  'fetch.fsckObjects': 'true',
  ...legacyDefects('fetch'),
  // Everything in packs: that is what is measured.
  'fetch.unpackLimit': '1',
  // An allowed address must not lead to one that is not.
  'http.followRedirects': 'false',
  'http.lowSpeedLimit': '1000',
  'http.lowSpeedTime': '60',
};

/** The words after `git`. Pure. */
export function fetchWords({ path, url, refspecs, depth }: Fetch): string[] {
  const options = ['--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--refmap='];
  const shallow = depth === undefined ? [] : [`--depth=${depth}`];
  return [
    ...configWords(settings),
    '--git-dir',
    path,
    'fetch',
    ...options,
    ...shallow,
    '--',
    url,
    ...refspecs,
  ];
}

/**
 * Rejects with git's own words, or with LimitPassed.
 * @param deadline milliseconds since 1970
 */
export async function runFetch(fetch: Fetch, limits: FetchLimits, deadline: number): Promise<void> {
  const environment = {
    PATH: process.env['PATH'],
    // The one transport that the address names.
    GIT_ALLOW_PROTOCOL: new URL(fetch.url).protocol.slice(0, -1),
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=20',
  };
  const child = startGit(fetchWords(fetch), {
    environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    ownGroup: true,
  });
  let words = '';
  child.stderr?.on('data', (data: Buffer) => {
    words = (words + data.toString()).slice(-4000);
  });
  let passed: LimitPassed | undefined;
  const look = async () => {
    if ((await bytesIn(fetch.path)) > limits.megabytes * 1024 * 1024)
      passed ??= new LimitPassed(`it is larger than ${limits.megabytes} MiB`);
    else if (Date.now() > deadline) passed ??= new LimitPassed(`it took longer than ${limits.seconds} s`);
    if (passed && child.exitCode === null && child.signalCode === null) endGroup(child);
  };
  const timer = setInterval(() => void look(), lookMs);
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    await look();
    if (passed) throw passed;
    if (code !== 0) throw new Error(words.trim() || 'git fetch was ended');
  } finally {
    clearInterval(timer);
  }
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(folder, name)).then(
      ({ size }) => size,
      // It has just been renamed or removed.
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
