/** The one place that starts git: with an environment of its own and, as a server, told what octohost allows. */
import { type ChildProcess, execFile, type StdioOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type SimpleGit, simpleGit } from 'simple-git';

/** Refs that clients neither see nor write. */
const hidden = 'refs/octohost';

/** What holds for every git that the door starts: no hook runs but the one that a server is given. */
const pinned = {
  'core.hooksPath': '/dev/null',
  'gc.auto': '0',
  'maintenance.auto': 'false',
};

/** git itself, as a path: it is found here, because what it runs must find nothing more. */
/** Looked for once in a process: what git is found by may be another where a snapshot was taken. */
let found: string | undefined;
const program = () => (found ??= findProgram('git'));

function findProgram(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name;
}

/**
 * What git would check only after the hook has said yes, when the new version already serves, is switched off: the
 * hook decides. Automatic gc is off because it would hold the connection open.
 */
const receiveSettings = {
  'receive.denyNonFastForwards': 'false',
  'receive.denyDeletes': 'false',
  'receive.denyDeleteCurrent': 'ignore',
  'receive.denyCurrentBranch': 'ignore',
  'receive.advertisePushOptions': 'true',
  'receive.fsckObjects': 'true',
  'receive.autogc': 'false',
  'receive.unpackLimit': '1000',
  // The refs are moved by this program, which knows when: all of them.
  'receive.procReceiveRefs': 'refs',
  // git 2.39 ends with a bug of its own where another program moves a ref to a history that is cut off.
  'receive.shallowUpdate': 'false',
  'receive.hideRefs': hidden,
  ...legacyDefects('receive'),
};

/**
 * Defects that old versions of git wrote into many repositories, harmless, and not to be mended without a new history.
 * The large hosts let the same three pass. Everything else that fsck finds is refused.
 */
export function legacyDefects(side: 'receive' | 'fetch'): Record<string, string> {
  const defects = ['badTimezone', 'missingSpaceBeforeDate', 'zeroPaddedFilemode'];
  return Object.fromEntries(defects.map((defect) => [`${side}.fsck.${defect}`, 'ignore']));
}

export interface ReceiveRules {
  /** The folder with the pre-receive hook. */
  readonly hooksDir: string;
  /** The largest pack that is taken, in 1024 × 1024 bytes. */
  readonly maxPushMegabytes: number;
  /** Refs that this client does not get to see. */
  readonly unread?: readonly string[];
}

/** The words after `git` for who pushes. Pure. */
export function receiveWords(
  repository: string,
  { hooksDir, maxPushMegabytes, unread = [] }: ReceiveRules,
): string[] {
  const settings = {
    ...receiveSettings,
    'core.hooksPath': hooksDir,
    'receive.maxInputSize': `${maxPushMegabytes}m`,
  };
  const words = configWords({ ...ownRepository(repository), ...settings });
  return [...words, ...hideWords('receive', unread), 'receive-pack', repository];
}

/**
 * The words after `git` for who fetches. Pure.
 * @param unread refs that this client does not get to see. In git's protocol v2 a client may ask for any object all the
 *   same, so where there are some it must not be spoken.
 */
export function uploadWords(repository: string, unread: readonly string[] = []): string[] {
  const settings = { ...ownRepository(repository), 'uploadpack.hideRefs': hidden };
  return [
    ...configWords(settings),
    ...hideWords('uploadpack', unread),
    'upload-pack',
    '--strict',
    repository,
  ];
}

function hideWords(side: 'receive' | 'uploadpack', refs: readonly string[]): string[] {
  return refs.flatMap((ref) => configWords({ [`${side}.hideRefs`]: ref }));
}

/**
 * The repositories are octohost's own, whoever restored or mounted their files: whether this process may use them is
 * for the file system to say, in words that are true.
 */
const ownRepository = (repository: string) => ({ 'safe.directory': repository });

/** `-c name=value` for each setting. Pure. */
export function configWords(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * An environment in which nothing that the host or a user configured for git is in force: no filter driver, alias,
 * credential helper, hook or attribute of theirs. git finds no program but its own: a pushed file can ask an export to
 * check a signature ($Format:%G?$), and git runs gpg for that whatever its settings say. Replaced objects
 * (`refs/replace`, which can be pushed) are not looked up, pathspecs have no magic, and nothing is fetched. Pure.
 * @param more what this one process needs, for instance where git keeps what is pushed but not accepted yet
 * @param settings git's settings for this one process that no other may see
 */
export function gitEnvironment(
  more: Readonly<Record<string, string | undefined>> = {},
  settings: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const all = Object.entries({ ...pinned, ...settings });
  const variables = all.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    PATH: '/dev/null',
    LC_ALL: 'C.UTF-8',
    // With HOME unset, some libraries look into the home folder of the user database.
    HOME: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(variables),
    ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)),
  };
}

/** git's own commands on a repository, for what it keeps: refs, and nothing that was pushed and not accepted. */
export function repositoryGit(path: string): SimpleGit {
  const environment = gitEnvironment();
  const options = {
    baseDir: path,
    binary: program(),
    allowEnvironment: Object.keys(environment),
    // What it would refuse from a stranger is our own: an empty template, and the settings that keep others' out.
    unsafe: {
      allowUnsafeTemplateDir: true,
      allowUnsafeHooksPath: true,
      allowUnsafeConfigEnvCount: true,
      allowUnsafeConfigPaths: true,
    },
  };
  return simpleGit(options).env(environment as Record<string, string>);
}

/** What git's server side needs: its hook is a shell script, and the client says which protocol it speaks. */
export function serverEnvironment(): Record<string, string | undefined> {
  const { PATH, GIT_PROTOCOL } = process.env;
  return { PATH, GIT_PROTOCOL };
}

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** git's settings for this process; they are in its environment, not among its words. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly stdio: StdioOptions;
  /** A process group of its own, which `endGroup` ends with everything that git started. */
  readonly ownGroup?: boolean;
}

/** Starts git. It takes a process group of its own only when asked. */
export function startGit(words: readonly string[], options: StartOptions): ChildProcess {
  const { environment, settings, stdio, ownGroup = false } = options;
  return spawn(program(), words, { stdio, env: gitEnvironment(environment, settings), detached: ownGroup });
}

/** Ends a git of its own group and what it started: index-pack, a transport. */
export function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}

/** Waits until a git of its own group has ended, by itself or, after so many milliseconds, made to. */
export async function waitOrEnd(
  child: ChildProcess,
  ended: Promise<unknown>,
  milliseconds: number,
): Promise<void> {
  const timer = setTimeout(() => endGroup(child), milliseconds);
  try {
    await ended;
  } finally {
    clearTimeout(timer);
  }
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** What git reads. */
  readonly input?: string;
  /** The most that git may write. @default 1 MiB */
  readonly maxBytes?: number;
}

const run = promisify(execFile);

/** Runs git on a repository to its end and gives what it wrote; rejects with git's own words. */
export async function git(
  gitDir: string,
  words: readonly string[],
  { environment, input, maxBytes = 1024 * 1024 }: RunOptions = {},
): Promise<Buffer> {
  const options = { env: gitEnvironment(environment), encoding: 'buffer' as const, maxBuffer: maxBytes };
  const running = run(program(), ['--git-dir', gitDir, ...words], options);
  // Where git ends before it has read everything, its exit code says why.
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(input ?? '');
  try {
    return (await running).stdout;
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: Buffer };
    throw new Error(stderr?.toString().trim() || message.replace(/^Command failed.*\n?/, '') || 'it failed', {
      cause,
    });
  }
}
