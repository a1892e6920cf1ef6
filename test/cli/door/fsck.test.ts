/** What is pushed, through git's own receive-pack with octohost's settings. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitEnvironment, receiveWords } from '../../../cli/door/git-process.ts';
import { createScratch, type Scratch } from './scratch.ts';

const run = promisify(execFile);

let scratch: Scratch;
let client: string;
let server: string;
beforeEach(() => {
  scratch = createScratch();
  client = scratch.init('client.git');
  server = scratch.init('server.git');
});
afterEach(() => scratch.remove());

interface Pushed {
  readonly accepted: boolean;
  readonly said: string;
}

/** Pushes a commit over the real receive-pack; what git says comes back. */
async function push(commit: string, { maxPushMegabytes = 10, unpackLimit = 1000 } = {}): Promise<Pushed> {
  const words = receiveWords(server, { hooksDir: join(scratch.dir, 'nohooks'), maxPushMegabytes });
  words.splice(words.indexOf('receive-pack'), 0, '-c', `receive.unpackLimit=${unpackLimit}`);
  const quoted = ['git', ...words.slice(0, -1)].map((word) => `'${word}'`).join(' ');
  const program = scratch.write('receive', `#!/bin/sh\nexec ${quoted} "$1"\n`);
  const list = [
    '--git-dir',
    client,
    'push',
    `--receive-pack=${program}`,
    server,
    `${commit}:refs/heads/main`,
  ];
  const { stderr, failed } = await run('git', list, {
    env: gitEnvironment({ PATH: process.env['PATH'], GIT_ALLOW_PROTOCOL: 'file' }),
  }).then(
    (output) => ({ ...output, failed: false }),
    (error: { stderr: string }) => ({ stderr: error.stderr, failed: true }),
  );
  const accepted = scratch.git(server, ['for-each-ref', '--format=%(objectname)']) === commit;
  expect(accepted).toBe(!failed);
  return { accepted, said: stderr };
}

const object = (type: string, content: string | Buffer) =>
  scratch.git(client, ['hash-object', '-t', type, '-w', '--literally', '--stdin'], content);
const blob = (content = 'x') => object('blob', content);
const entry = (mode: string, name: string, id: string) =>
  Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]);
const tree = (...entries: Buffer[]) => object('tree', Buffer.concat(entries));

const someone = 'T <t@localhost> 1700000000 +0000';
const commit = (id: string, { author = someone } = {}) =>
  object('commit', `tree ${id}\nauthor ${author}\ncommitter ${someone}\n\nx\n`);
const modules = (text: string) => commit(tree(entry('100644', '.gitmodules', blob(text))));

describe.each([
  { how: 'unpacked', unpackLimit: 1000 },
  { how: 'kept as a pack', unpackLimit: 1 },
])('pushed objects that are $how', ({ unpackLimit }) => {
  const harmless = {
    zeroPaddedFilemode: () => commit(tree(entry('040000', 'sub', tree(entry('100644', 'a', blob()))))),
    badTimezone: () =>
      commit(tree(entry('100644', 'a', blob())), { author: 'T <t@localhost> 1234567890 +051800' }),
    missingSpaceBeforeDate: () =>
      commit(tree(entry('100644', 'a', blob())), { author: 'T <t@localhost>1234567890 +0000' }),
  };

  it.each(Object.entries(harmless))('with the old defect %s are taken', async (defect, make) => {
    const id = make();
    expect(() => scratch.git(client, ['fsck', '--strict', id])).toThrow(defect);
    expect(await push(id, { unpackLimit })).toMatchObject({ accepted: true });
  });

  const dangerous: Record<string, () => string> = {
    hasDot: () => commit(tree(entry('100644', '.', blob()))),
    hasDotdot: () => commit(tree(entry('40000', '..', tree(entry('100644', 'a', blob()))))),
    hasDotgit: () => commit(tree(entry('40000', '.git', tree(entry('100644', 'config', blob()))))),
    fullPathname: () => commit(tree(entry('100644', '../../evil', blob()))),
    duplicateEntries: () => commit(tree(entry('100644', 'a', blob()), entry('120000', 'a', blob('/etc')))),
    treeNotSorted: () => commit(tree(entry('100644', 'b', blob()), entry('100644', 'a', blob()))),
    nullSha1: () => commit(tree(entry('160000', 'a', '0'.repeat(40)))),
    gitmodulesUrl: () => modules('[submodule "a"]\n\tpath = a\n\turl = --upload-pack=touch\n'),
    gitmodulesPath: () => modules('[submodule "a"]\n\tpath = -a\n\turl = https://example.com/a\n'),
    gitmodulesName: () => modules('[submodule "../a"]\n\tpath = a\n\turl = https://example.com/a\n'),
    gitmodulesUpdate: () =>
      modules('[submodule "a"]\n\tpath = a\n\turl = https://example.com/a\n\tupdate = !touch\n'),
    gitmodulesSymlink: () => commit(tree(entry('120000', '.gitmodules', blob('/etc/passwd')))),
    gitmodulesBlob: () => commit(tree(entry('40000', '.gitmodules', tree(entry('100644', 'a', blob()))))),
  };

  // The checks are the same code; that both ways come to it shows with one of each kind.
  const kinds = unpackLimit > 1 ? Object.keys(dangerous) : ['hasDotdot', 'gitmodulesUrl'];
  it.each(kinds)('with %s are refused', async (defect) => {
    expect(await push(dangerous[defect]?.() ?? '', { unpackLimit })).toMatchObject({
      accepted: false,
      said: expect.stringContaining(defect),
    });
  });

  it('and larger than the limit are refused', async () => {
    const noise = randomBytes(1024 * 1024 + 1).toString('latin1');
    const large = commit(tree(entry('100644', 'a', blob(noise))));
    expect(await push(large, { unpackLimit, maxPushMegabytes: 1 })).toMatchObject({
      accepted: false,
      said: expect.stringMatching(/pack exceeds maximum allowed size/),
    });
    expect(await push(large, { unpackLimit, maxPushMegabytes: 2 })).toMatchObject({ accepted: true });
  });
});
