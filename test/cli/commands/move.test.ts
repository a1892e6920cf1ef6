/** octo move:sites and octo move:config, with a program in the place of ssh that keeps what it is given. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { push } from '../../helpers/world.ts';
import { type CommandLine, commandLine } from '../command-line.ts';

const app = parseSiteName('app');
const secret = 'hunter2-hunter2';
const path = process.env['PATH'];
let from: CommandLine;
let to: CommandLine;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'octo-m-'));
  process.env['PATH'] = `${folder}:${path}`;
  [from, to] = [commandLine(), commandLine()];
  await from.octoWith({ stdin: secret }, 'config:set', '--secret', '--no-deploy', 'app/TOKEN');
  const engine = from.engine();
  await engine.deploy([push(app)], operation);
  await engine.close();
});
afterEach(async () => {
  process.env['PATH'] = path;
  await Promise.all([from.dispose(), to.dispose()]);
  await rm(folder, { recursive: true, force: true });
});

const operation = {
  actor: 'me',
  signal: new AbortController().signal,
  reporter: { deploy() {}, begin() {}, end() {}, output() {}, warn() {} },
};

/** The other end: what it says to `releases`, and how it ends otherwise. */
async function otherEnd({ releases = '', code = 0 }: { releases?: string; code?: number } = {}) {
  await writeFile(join(folder, 'releases.json'), releases);
  const script = `#!/bin/sh
printf '%s\\n' "$*" >> '${folder}/calls'
case "$*" in
  *releases*) cat '${folder}/releases.json'; [ -s '${folder}/releases.json' ] || exit 2 ;;
  *converge*) exit ${code} ;;
  *status*) echo '{"site":"app","state":"up"}' ;;
  *) cat > '${folder}/input'; echo 'it says so' >&2; exit ${code} ;;
esac
`;
  await writeFile(join(folder, 'ssh'), script);
  await chmod(join(folder, 'ssh'), 0o755);
}
const input = () => readFile(join(folder, 'input'));
const calls = async () => (await readFile(join(folder, 'calls'), 'utf8')).trimEnd().split('\n');
const releasesHere = async () => (await from.octo('releases', 'app', '--json')).stdout;

describe('octo move:sites', () => {
  it('sends what the other end restores, and no secret among the words', async () => {
    await otherEnd();
    const moved = await from.octo('move:sites', 'new.example.com');
    expect(moved.stdout, moved.stderr).toBe('app: moved\n');
    expect(await calls()).toEqual([
      '-T -o BatchMode=yes -- git@new.example.com releases app --json',
      '-T -o BatchMode=yes -- git@new.example.com restore -',
    ]);
    const restored = await to.octoWith({ remote: true, stdin: await input() }, 'restore', '-');
    expect(restored.stdout, restored.stderr).toContain('app: restored, release 1');
    const settings = (await to.octo('config', 'app', '--secrets', '--json')).json();
    expect(settings['settings']).toMatchObject({ TOKEN: secret });
    expect((await from.octo('status', 'app', '--json')).json()).toMatchObject({ state: 'up' });
  });

  it('sends nothing of what is there, has it brought up, and stops it here when it is told to', async () => {
    await otherEnd({ releases: await releasesHere() });
    const moved = await from.octo('move:sites', 'new.example.com', '--stop');
    expect(moved.stdout, moved.stderr).toBe('app: is there already, and stopped here\n');
    expect((await calls()).slice(-2)).toEqual([
      expect.stringContaining('converge app'),
      expect.stringContaining('status app --json'),
    ]);
    expect((await from.octo('status', 'app', '--json')).json()).toMatchObject({ state: 'stopped' });
  });

  it('sends a site whose records are there without being current', async () => {
    const { releases } = JSON.parse(await releasesHere()) as { releases: unknown };
    await otherEnd({ releases: JSON.stringify({ site: 'app', current: null, releases }) });
    expect((await from.octo('move:sites', 'new.example.com')).stdout).toBe('app: moved\n');
  });

  it.each([
    { what: 'refuses the site', there: false },
    { what: 'cannot bring it up', there: true },
  ])('stops nothing here where the other end $what', async ({ there }) => {
    await otherEnd({ code: 1, releases: there ? await releasesHere() : '' });
    const moved = await from.octo('move:sites', 'new.example.com', '--stop');
    expect(moved).toMatchObject({ code: 1, stdout: '' });
    expect(moved.stderr).toContain('E_MOVE_REFUSED');
    expect((await from.octo('status', 'app', '--json')).json()).toMatchObject({ state: 'up' });
    const facts = (await from.octo('move:sites', 'new.example.com', '--json')).json();
    expect(facts).toMatchObject({
      sites: [],
      problems: [{ site: 'app', error: { code: 'E_MOVE_REFUSED' } }],
    });
  });

  it('says that a host is lost, and that what answers is no octohost', async () => {
    await otherEnd({ code: 255 });
    expect((await from.octo('move:sites', 'new.example.com')).stderr).toContain('E_MOVE_SSH');
    await otherEnd({ releases: 'welcome' });
    expect((await from.octo('move:sites', 'new.example.com')).stderr).toContain('E_MOVE_ANSWER');
    expect((await from.octo('move:sites', '-oProxyCommand=x')).code).toBe(2);
  });
});

describe('octo move:config', () => {
  it('sends settings as the other end imports them, secrets as secrets', async () => {
    await otherEnd();
    await from.octo('config:set', 'app/PLAIN', `it's "plain"`);
    const moved = await from.octo('move:config', 'new.example.com', 'deploy', '--port', '22');
    expect(moved.stdout, moved.stderr).toBe('app: stored there\n');
    expect(await calls()).toEqual([
      '-T -o BatchMode=yes -p 22 -- deploy@new.example.com config:import app --no-deploy',
    ]);
    const imported = await to.octoWith(
      { remote: true, stdin: await input() },
      'config:import',
      'app',
      '--no-deploy',
    );
    expect(imported.code, imported.stderr).toBe(0);
    expect((await to.octo('config', 'app', '--json')).json()).toMatchObject({
      settings: { PLAIN: `it's "plain"` },
      secrets: ['TOKEN'],
    });
  });
});
