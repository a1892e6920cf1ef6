/** octo move:sites, with an ssh that only says what another host would. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseSiteName } from '../../../core/index.ts';
import { push } from '../../helpers/world.ts';
import { type CommandLine, commandLine } from '../command-line.ts';

const app = parseSiteName('app');
let line: CommandLine;
let folder: string;
beforeEach(async () => {
  line = commandLine();
  folder = await mkdtemp(join(tmpdir(), 'octo-ssh-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await line.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** A host that has the release that is current here, and says that the site is in this state. */
async function hostWith(state: string): Promise<void> {
  const engine = line.engine();
  const reporter = { deploy() {}, begin() {}, end() {}, output() {}, warn() {} };
  const operation = { actor: 'me', signal: new AbortController().signal, reporter };
  const [outcome] = await engine.deploy([push(app)], operation);
  await engine.close();
  const releases = JSON.stringify({ current: 1, releases: [{ deploy: outcome?.release.deploy }] });
  const script = [
    '#!/bin/sh',
    'case "$*" in',
    `*" releases "*) echo '${releases}' ;;`,
    `*" status "*) echo '${JSON.stringify({ state })}' ;;`,
    'esac',
    '',
  ];
  const ssh = join(folder, 'ssh');
  await writeFile(ssh, script.join('\n'));
  await chmod(ssh, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
}
const stateHere = async () => (await line.octo('status', 'app', '--json')).json()['state'];

it.each(['down', 'degraded', 'stopped'])(
  'with --stop stops nothing here while it is %s there',
  async (state) => {
    await hostWith(state);
    const { code, stderr } = await line.octo('move:sites', 'new.example.com', '--stop');
    expect(code).toBe(1);
    expect(stderr).toContain('E_MOVE_NOT_UP');
    expect(stderr).toContain('converge app');
    expect(await stateHere()).toBe('up');
  },
);

it('with --stop stops it here once it is up there', async () => {
  await hostWith('up');
  const { code, stdout, stderr } = await line.octo('move:sites', 'new.example.com', '--stop');
  expect(code, stderr).toBe(0);
  expect(stdout).toBe('app: is there already, and stopped here\n');
  expect(await stateHere()).toBe('stopped');
});
