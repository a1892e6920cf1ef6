import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repositoryPath } from '../../../cli/door/repository.ts';
import { parseBranchRef, parseSiteName, type Revision } from '../../../core/index.ts';
import { type CommandLine, commandLine } from '../command-line.ts';
import { createScratch, openTree, type Scratch } from '../door/scratch.ts';

const app = parseSiteName('app');
const origin = { repository: app, ref: parseBranchRef('refs/heads/main') };

let line: CommandLine;
let scratch: Scratch;
let path: string;
let revision: Revision;

/** As if it had been pushed. */
beforeEach(async () => {
  line = commandLine();
  scratch = createScratch();
  const { dataDir } = line.engine().config;
  path = repositoryPath(dataDir, app);
  revision = scratch.commit(scratch.init('app.git'), { Dockerfile: 'FROM scratch\nEXPOSE 8080\n' });
  await mkdir(join(dataDir, 'repositories'));
  await rename(join(scratch.dir, 'app.git'), path);
  const { tree } = await openTree(path, revision);
  const push = { site: app, revision, origin, message: 'first', source: { kind: 'tree', tree } } as const;
  await line.engine().deploy([push], {
    actor: 'me',
    signal: new AbortController().signal,
    reporter: { deploy() {}, begin() {}, end() {}, output() {}, warn() {} },
  });
});
afterEach(async () => {
  scratch.remove();
  await line.dispose();
});

describe('octo restart', () => {
  it('builds the revision that runs anew, and keeps it for the new release', async () => {
    const builds = () => line.roles.builder.calls.filter(({ method }) => method === 'build').length;
    const before = builds();
    const [old] = await line.engine().instances(app);
    const { code, stderr } = await line.octo('restart', 'app');
    expect({ code, stderr: stderr.includes('rror') }).toEqual({ code: 0, stderr: false });
    expect(builds()).toBe(before + 1);
    expect(await line.engine().current(app)).toMatchObject({ number: 2, revision, origin, message: 'first' });
    const [fresh] = await line.engine().instances(app);
    expect(fresh?.id).not.toBe(old?.id);
    expect(scratch.git(path, ['rev-parse', 'refs/octohost/releases/app/2'])).toBe(revision);
  });

  it.each([
    {
      what: 'was deployed from a folder',
      words: ['deploy', 'other', '.'],
      site: 'other',
      says: 'octo deploy',
    },
    { what: 'was never deployed', words: ['config:set', 'new', 'A=1'], site: 'new', says: 'git push' },
  ])('says what to type for a site that $what', async ({ words, site, says }) => {
    const folder = scratch.write('Dockerfile', 'FROM scratch\nEXPOSE 8080\n').replace('/Dockerfile', '');
    await line.octo(...words.map((word) => (word === '.' ? folder : word)));
    const { code, stderr } = await line.octo('restart', site);
    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});
