import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openTalk } from '../../../cli/door/talk.ts';
import { parseSiteName } from '../../../core/index.ts';

const [app, other] = [parseSiteName('app'), parseSiteName('other')];
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-talk-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** What the pusher sees, and what the log keeps, of a push to both sites. */
async function heard(cancelOnDrop: boolean) {
  const lines: string[] = [];
  const talk = openTalk(dir, [app, other], {
    write: (line) => void lines.push(line),
    mayRead: (site) => site === app,
    cancelOnDrop,
    told: [{ site: app, line: '       app: main at 1a2b3c4' }],
  });
  talk.reporter.deploy(other, 'mhx0');
  talk.reporter.deploy(app, 'mhx1');
  talk.reporter.deploy(app, 'mhx2');
  talk.close();
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'utf8')),
  );
  return { lines, log: texts.join('') };
}

it('what a pusher was told before is in the log of its site, and is not told again', async () => {
  const { lines, log } = await heard(false);
  // In that of its site alone.
  expect(log.split('app: main at 1a2b3c4')).toHaveLength(2);
  expect(lines.join()).not.toContain('app: main at 1a2b3c4');
});

describe('what a pusher is told of Ctrl-C', () => {
  it('is that it stops nothing: once, and of a site that the pusher may see', async () => {
    const { lines, log } = await heard(false);
    expect(lines.filter((line) => line.includes('Ctrl-C'))).toEqual([
      '       Ctrl-C leaves it running: octo attach app, octo cancel app',
    ]);
    expect(log).toContain('mhx1');
    expect(log).not.toContain('Ctrl-C');
  });

  it('is that it stops the deploy, where that was asked for', async () => {
    const { lines } = await heard(true);
    expect(lines.filter((line) => line.includes('Ctrl-C'))).toEqual([
      '       Ctrl-C stops it, as a lost connection does, until it is current.',
    ]);
  });
});
