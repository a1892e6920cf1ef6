/** A key sees the branches of the sites that it may read, through git's own server programs. */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  gitEnvironment,
  receiveWords,
  serverEnvironment,
  uploadWords,
} from '../../../cli/door/git-process.ts';
import { pktLine } from '../../../cli/door/pkt-line.ts';
import { findUnread, unreadBranches } from '../../../cli/door/unread-refs.ts';
import { parseSiteName, parseSitePattern, type Revision } from '../../../core/index.ts';
import { createScratch, type Scratch } from './scratch.ts';

const app = parseSiteName('app');
const key = (...sites: string[]) => ({ right: 'read', sites: sites.map(parseSitePattern) }) as const;
const refs = [
  'refs/heads/main',
  'refs/heads/secret',
  'refs/heads/Feature/X',
  'refs/heads/ümlaut',
  'refs/tags/secret',
];

it.each([
  { sites: ['app'], unread: ['refs/heads/secret', 'refs/heads/Feature/X'] },
  { sites: ['app', 'app-feature-*'], unread: ['refs/heads/secret'] },
  { sites: ['app', 'app-*'], unread: [] },
])('a key for $sites does not see $unread', ({ sites, unread }) => {
  expect(unreadBranches(key(...sites), app, refs)).toEqual(unread);
});

describe('a client of a repository', () => {
  let scratch: Scratch;
  let path: string;
  let secret: Revision;
  beforeEach(() => {
    scratch = createScratch();
    path = scratch.init('app.git');
    secret = scratch.commit(path, { file: 'secret' });
    scratch.git(path, ['update-ref', 'refs/heads/secret', secret]);
    scratch.commit(path, { file: 'open' });
  });
  afterEach(() => scratch.remove());

  const said = (words: readonly string[], input = '0000') =>
    spawnSync('git', words, { env: gitEnvironment(serverEnvironment()), input, encoding: 'utf8' });
  const receive = { hooksDir: '/nowhere', maxPushMegabytes: 1 };

  it('that may read it all is told of all of it', async () => {
    const unread = await findUnread(key('*'), app, path);
    expect(unread).toEqual([]);
    expect(said(uploadWords(path, unread)).stdout).toContain('refs/heads/secret');
  });

  const heard = (unread: readonly string[]) =>
    [uploadWords(path, unread), receiveWords(path, { ...receive, unread })].map(
      (words) => said(words).stdout,
    );
  const asks = (unread: readonly string[]) =>
    said(uploadWords(path, unread), `${pktLine(`want ${secret}`)}0000${pktLine('done')}`).stderr;

  it('that may not read a branch of it neither hears of it nor gets it', async () => {
    const unread = await findUnread(key('app'), app, path);
    for (const text of heard(unread)) {
      expect(text).toContain('refs/heads/main');
      expect(text).not.toContain('refs/heads/secret');
      expect(text).not.toContain(secret);
    }
    expect(asks([])).not.toContain('not our ref');
    expect(asks(unread)).toContain('not our ref');
  });

  it('does not get it by the name HEAD either', async () => {
    scratch.git(path, ['symbolic-ref', 'HEAD', 'refs/heads/secret']);
    const unread = await findUnread(key('app'), app, path);
    for (const text of heard(unread)) expect(text).not.toContain(secret);
    expect(asks(unread)).toContain('not our ref');
  });
});
