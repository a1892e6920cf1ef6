/** What the doctor looks at of the door: the files that sshd and git read, and the repositories. Changes nothing. */
import {
  type CheckResult,
  type Engine,
  isOctohostError,
  messageOf,
  type SiteName,
} from '../../core/index.ts';
import { judgeSsh } from './judge-ssh.ts';
import { type KeyFile, keyFiles } from './keys.ts';
import { lookAtSsh } from './look-at-ssh.ts';
import { unfinishedRepositories } from './mend.ts';

type Finding = Pick<CheckResult, 'state' | 'message' | 'hint' | 'site' | 'why'>;

/** All of the door's checks. */
export async function doorChecks(engine: Engine): Promise<CheckResult[]> {
  const [ssh, keys, refs] = await Promise.all([
    looked(async () => judgeSsh(await lookAtSsh(engine))),
    looked(() => checkKeys(engine)),
    looked(() => checkRefs(engine)),
  ]);
  return [
    ...ssh.map((one) => ({
      plugin: 'octohost',
      check: 'ssh',
      summary: 'sshd answers, reads the file of keys, and runs nothing for them but octohost.',
      why: 'Pushes and commands from elsewhere come in by it.',
      ...one,
    })),
    ...keys.map((one) => ({
      plugin: 'octohost',
      check: 'keys',
      summary: 'The file of keys that sshd reads is as the store says.',
      why: 'Who has a key cannot push, or whose key was taken away still gets as far as octohost.',
      ...one,
    })),
    ...refs.map((one) => ({
      plugin: 'octohost',
      check: 'refs',
      summary: 'The refs of repositories agree with the releases.',
      why: 'Who fetches gets another revision than what runs, and the next push may be refused.',
      ...one,
    })),
  ];
}

async function looked(look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    const hint = isOctohostError(error) ? error.hint : 'It could not look.';
    return [{ state: 'failed', message: messageOf(error), hint }];
  }
}

const doctorMends = 'octo doctor --fix';

async function checkKeys(engine: Engine): Promise<Finding[]> {
  const files = await keyFiles(engine);
  const wrong = files.filter(({ found, wanted }) => !wanted.equals(found)).map(notAsWritten);
  if (wrong.length > 0) return wrong;
  const count = (await engine.keys()).length;
  return [{ state: 'ok', message: `${files[0]?.file} has the ${count} keys of this installation.` }];
}

function notAsWritten({ file }: KeyFile): Finding {
  return { state: 'failed', message: `${file} is not as octohost wrote it.`, hint: doctorMends };
}

async function checkRefs(engine: Engine): Promise<Finding[]> {
  const unfinished = await unfinishedRepositories(engine.config.dataDir);
  const locks = new Set(
    (await engine.locks()).filter(({ condition }) => condition === 'alive').map(({ name }) => name),
  );
  const left = unfinished.filter(({ site }) => !locks.has(`door/${site}`));
  if (left.length === 0) return [{ state: 'ok', message: 'No push left its refs unmoved.' }];
  return left.map(({ site, refs }) => ({
    site,
    state: 'warning',
    message: wordsOf(site, refs),
    hint: 'octo converge',
  }));
}

function wordsOf(site: SiteName, refs: readonly string[]): string {
  return refs.length === 0
    ? `A push that was killed left a repository of ${site} without its name.`
    : `A push that was killed left ${refs.join(', ')} of ${site} unmoved.`;
}
