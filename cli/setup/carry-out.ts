/** Does the steps of a plan, one after the other, and keeps the record of what they made. */
import { spawn } from 'node:child_process';
import {
  chmod,
  chown,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { endRecorded, recordOf } from '../dev/processes.ts';
import { programPath } from '../dev/programs.ts';
import { userEntry } from '../identity.ts';
import { packageRoot } from '../program.ts';
import { errors } from './errors.ts';
import { places } from './places.ts';
import { readMade, writeMade } from './record.ts';
import { type Step, withMade, withoutMade } from './step.ts';

const graceMs = 20_000;
const shownLines = 25;

/**
 * Does all steps. What a step makes is written down before it begins, so that whatever is killed can be taken away.
 * @param options tell: told of each step as it begins; record: the file in which is written what was made
 * @throws E_SETUP_STEP with what the program said; the steps before it stay done
 */
export async function carryOut(
  steps: readonly Step[],
  options: { tell: (step: Step) => void; signal: AbortSignal; record?: string },
): Promise<void> {
  const { tell, signal, record = places.record } = options;
  for (const step of steps) {
    signal.throwIfAborted();
    tell(step);
    const { made, unmade } = step;
    // The record lies in a folder that is itself made first.
    if (step.do === 'folder') await act(step);
    if (made) await writeMade(withMade(await readMade(record), made), record);
    if (step.do !== 'folder') await act(step);
    if (unmade) await writeMade(withoutMade(await readMade(record), unmade), record);
  }
}

async function act(step: Step): Promise<void> {
  switch (step.do) {
    case 'packages':
      return run(step, ['sh', join(packageRoot, 'cli', 'bin', 'setup'), '--server']);
    case 'run':
      return run(step, step.words);
    case 'copy':
      await mkdir(dirname(step.path), { recursive: true });
      await copyFile(step.from, `${step.path}.new`);
      await chmod(`${step.path}.new`, 0o755);
      return rename(`${step.path}.new`, step.path);
    case 'link':
      await mkdir(dirname(step.path), { recursive: true });
      return symlink(step.to, step.path);
    case 'folder':
      return makeFolder(step);
    case 'file':
      await writeFile(`${step.path}.new`, step.text, { mode: 0o644 });
      return rename(`${step.path}.new`, step.path);
    case 'end':
      return endProcesses(step.user, step.paths);
    default:
      return remove(step);
  }
}

async function makeFolder({ path, mode, owner }: Extract<Step, { do: 'folder' }>): Promise<void> {
  await mkdir(path, { recursive: true });
  const { uid, gid } = await userEntry(owner);
  await chown(path, uid, gid);
  await chmod(path, mode);
}

/** A folder in which somebody else has something stays. */
async function remove({ path, all }: Extract<Step, { do: 'remove' }>): Promise<void> {
  if (all) return rm(path, { recursive: true, force: true });
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return rm(path, { force: true });
  if ((await readdir(path)).length === 0) await rmdir(path);
}

async function endProcesses(user: string, paths: readonly string[]): Promise<void> {
  const { uid } = await userEntry(user);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const ours = await Promise.all(
    pids.map(async (pid) => ((await ownerOf(pid)) === uid && (await mentions(pid, paths)) ? [pid] : [])),
  );
  const running = (await Promise.all(ours.flat().map(recordOf))).filter((record) => record !== undefined);
  await Promise.all(running.map((record) => endRecorded(record, { graceMs })));
}

function ownerOf(pid: number): Promise<number | undefined> {
  return stat(`/proc/${pid}`).then(
    ({ uid }) => uid,
    () => undefined,
  );
}

async function mentions(pid: number, paths: readonly string[]): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return paths.some((path) => line.includes(path));
}

/** A group of its own, so that Ctrl-C ends the set-up between two steps and not apt-get in the middle of one. */
function run(step: Step, [program = '', ...words]: readonly string[]): Promise<void> {
  const { input = '', orFile } = step.do === 'run' ? step : {};
  const environment = { ...process.env, PATH: programPath(), LC_ALL: 'C.UTF-8' };
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd: '/', env: environment, detached: true });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
      });
    const failed = (line?: string) => {
      const lines = (line ?? said).split('\n').filter((one) => one.trim() !== '');
      return errors.E_SETUP_STEP({ title: step.title, lines: lines.slice(-shownLines) });
    };
    child.on('error', (cause) => reject(failed(cause.message)));
    child.on('close', (code) => {
      if (code === 0) resolve();
      else if (orFile === undefined) reject(failed());
      else
        stat(orFile).then(
          () => resolve(),
          () => reject(failed()),
        );
    });
    // A program that does not read it may end before all is written.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
