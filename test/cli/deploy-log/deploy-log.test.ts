/** What a deploy says is kept as it was said, and can be followed from its start. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followDeployLog } from '../../../cli/deploy-log/follow.ts';
import { logFolder, tooOld } from '../../../cli/deploy-log/place.ts';
import { type DeployLog, openDeployLog } from '../../../cli/deploy-log/write.ts';
import { errors, keptDeploys, parseSiteName } from '../../../core/index.ts';

const app = parseSiteName('app');
const other = parseSiteName('other');
const deploy = 'mhx3k2p9a41f0c';
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-log-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const neverGone = async () => false;
const signal = () => new AbortController().signal;
const follow = async (isGone = neverGone, stop = signal(), site = app, id = deploy) => {
  const log = await followDeployLog(dir, { site, deploy: id }, isGone, stop);
  if (!log) return undefined;
  let text = '';
  for await (const part of log) text += part;
  return text;
};
const inFolder = (site = app) => readdir(logFolder(dir, site));

describe('the log of a deploy', () => {
  it('holds what was said, whom it waited for included, and is whole when it is closed', async () => {
    const log = openDeployLog(dir, [app]);
    log.reporter.output(app, 'waiting for a deploy of app');
    log.reporter.deploy(app, deploy);
    log.reporter.begin(app, 'build');
    log.reporter.output(app, 'Step 1/2');
    expect(await inFolder()).toEqual([`${deploy}.running`]);
    log.write('Your site is available at: http://app.example.com');
    log.close();
    expect(await inFolder()).toEqual([`${deploy}.log`]);
    expect(await follow()).toBe(
      [
        '       waiting for a deploy of app',
        `       deploy ${deploy}`,
        '-----> build',
        '       Step 1/2',
        'Your site is available at: http://app.example.com',
        '',
      ].join('\n'),
    );
  });

  describe('of a push with several sites', () => {
    const logged = async (tell: (log: DeployLog) => void) => {
      const log = openDeployLog(dir, [app, other]);
      log.reporter.output(other, 'waiting for somebody');
      log.reporter.deploy(app, 'a1');
      log.reporter.deploy(other, 'b2');
      tell(log);
      log.close();
      return {
        app: await follow(neverGone, signal(), app, 'a1'),
        other: await follow(neverGone, signal(), other, 'b2'),
      };
    };

    it('is one for each, as who may read one may not read the others', async () => {
      const said = await logged((log) => {
        log.reporter.begin(other, 'build');
        log.reporter.output(other, 'hello');
        log.reporter.warn(other, 'careful');
        log.reporter.end(other, 'build', 1);
        log.write('http://other.example.com', other);
        log.write('signed by alice');
      });
      expect(said.app).toBe('       deploy a1\nsigned by alice\n');
      expect(said.other).toMatch(
        /waiting.*deploy b2\n-+> build\n +hello\n.*careful\n.*done.*http:.*signed by alice\n$/s,
      );
    });

    it('tells why it failed where it failed', async () => {
      const error = errors.E_DOMAIN({ domain: 'hello' }, { site: other });
      const said = await logged((log) => log.fail(error));
      expect(said.other).toContain('E_DOMAIN');
      expect(said.app).toBe(
        '       deploy a1\nAnother site of the same push failed, so nothing of it became current.\n',
      );
      const whole = await logged((log) => log.fail(errors.E_ABORTED({ what: 'The push' })));
      expect([whole.app, whole.other]).toEqual(Array(2).fill(expect.stringContaining('E_ABORTED')));
    });
  });

  it('is not made by an operation without a deploy', async () => {
    const log = openDeployLog(dir, [app]);
    log.reporter.output(app, 'nothing to do');
    log.close();
    expect(await readdir(dir)).toEqual([]);
  });

  it('is kept for the last deploys of a site', async () => {
    for (let index = 10; index < 10 + keptDeploys + 3; index++) {
      const log = openDeployLog(dir, [app]);
      log.reporter.deploy(app, `m${index}`);
      log.close();
    }
    expect((await inFolder()).toSorted()[0]).toBe('m13.log');
    expect(await inFolder()).toHaveLength(keptDeploys);
  });

  it('that cannot be written costs nothing but itself', async () => {
    await writeFile(join(dir, 'deploys'), 'in the way');
    const log = openDeployLog(dir, [app]);
    log.reporter.deploy(app, deploy);
    log.write('hello');
    log.close();
    expect(await readFile(join(dir, 'deploys'), 'utf8')).toBe('in the way');
  });
});

describe('who follows a deploy', () => {
  it('reads from its start, and on until it ends', async () => {
    const log = openDeployLog(dir, [app]);
    log.reporter.deploy(app, deploy);
    log.write('one');
    const parts: string[] = [];
    const following = (async () => {
      const read = await followDeployLog(dir, { site: app, deploy }, neverGone, signal());
      for await (const part of read ?? []) parts.push(part);
    })();
    await expect.poll(() => parts.join('')).toContain('one\n');
    log.write('two');
    await expect.poll(() => parts.join('')).toContain('two\n');
    log.write('three');
    log.close();
    await following;
    expect(parts.join('')).toBe(`       deploy ${deploy}\none\ntwo\nthree\n`);
  });

  it('ends when the process that writes is gone, with all that it said', async () => {
    const log = openDeployLog(dir, [app]);
    log.reporter.deploy(app, deploy);
    log.write('last words');
    expect(await follow(async () => true)).toContain('last words\n');
    log.close();
  });

  it('ends when it wants to', async () => {
    const log = openDeployLog(dir, [app]);
    log.reporter.deploy(app, deploy);
    expect(await follow(neverGone, AbortSignal.abort())).toContain(deploy);
    log.close();
  });

  it('is told where there is no output', async () => {
    expect(await follow()).toBeUndefined();
  });
});

it('the oldest go first, whether they ended or not', () => {
  expect(tooOld(['m2.log', 'm1.running', 'm3.log'], 2)).toEqual(['m1.running']);
  expect(tooOld(['m2.log'], 2)).toEqual([]);
});
