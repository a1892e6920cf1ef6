/** A secret on real components: it arrives in the container, and nothing else that octohost writes or says has it. */
import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Inspection, inspect } from '../helpers/inspection.ts';
import {
  command,
  done,
  octoPath,
  type PrivateInstance,
  privateInstance,
  type Ran,
  ran,
} from '../helpers/private-instance.ts';

let host: PrivateInstance;
let seen: Inspection;
beforeAll(async () => {
  host = await privateInstance();
  seen = await inspect(host);
});
afterAll(() => host?.dispose());

const first = 'first-hunter2-$(id)';
const second = 'second-hunter2';
const hidden = /hunter2/;

/** Serves the value and prints it. */
const talking = command(
  'mkdir -p /www; echo "$TOKEN" > /www/token; echo "my token is $TOKEN"; exec httpd -f -p 8080 -h /www',
);
const failing = command('echo "no such user: $TOKEN"; exit 3');

/** Every command line on this machine while some work goes on. */
async function commandLinesDuring(work: Promise<unknown>): Promise<string> {
  const lines = new Set<string>();
  const over = new AbortController();
  const watched = work.finally(() => over.abort());
  while (!over.signal.aborted) {
    const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    for (const id of processes)
      lines.add(await readFile(join('/proc', id, 'cmdline'), 'utf8').catch(() => ''));
  }
  await watched;
  return [...lines].join('\n');
}

/** Every file that the instance has written, by name, that has a text in it. */
async function filesWith(text: string): Promise<string[]> {
  const { stdout } = await ran('grep', ['-rlaF', '--devices=skip', text, host.home]);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Types an answer to the question of a command, at a terminal of its own; stdout is all that the terminal shows. */
function atTerminal(words: string, answer: string): Promise<Ran> {
  const environment = { ...process.env, OCTOHOST_CONFIG: host.instance.configFile };
  const child = spawn('script', ['-qec', words, '/dev/null'], { env: environment });
  return new Promise((resolve) => {
    let stdout = '';
    let answered = false;
    child.stdout.on('data', (text: Buffer) => {
      stdout += text;
      if (answered || !stdout.endsWith(': ')) return;
      answered = true;
      child.stdin.write(`${answer}\r`);
    });
    child.on('close', (code) => resolve({ code: code ?? 255, stdout, stderr: '' }));
  });
}

const said = ({ stdout, stderr }: Ran) => stdout + stderr;
const token = async () => (await host.get('app', '/token')).body;

describe('a secret', () => {
  it('is set by stdin, arrives byte for byte, and is no word of any command on the way', async () => {
    const lines = await commandLinesDuring(
      (async () => {
        const set = await done(host.ssh('config:set --secret app/TOKEN', { input: `${first}\n` }));
        expect(said(set)).not.toMatch(hidden);
        const pushed = await done(host.push('app', { Dockerfile: talking }));
        expect(said(pushed)).not.toMatch(hidden);
      })(),
    );
    expect(lines).toContain('config:set --secret app/TOKEN');
    expect(lines).not.toMatch(hidden);
    expect(await token()).toBe(`${first}\n`);
  });

  it('is asked for at a real terminal, which shows nothing of it', async () => {
    const result = await atTerminal(
      `${octoPath} config:set --secret --no-deploy typed/TOKEN`,
      'typed-hunter2',
    );
    expect(result.code, said(result)).toBe(0);
    expect(result.stdout).toContain('Stored, not applied');
    expect(said(result)).not.toMatch(hidden);
    const shown = await done(host.octo('config:get', '--secrets', 'typed/TOKEN'));
    expect(shown.stdout).toBe('typed-hunter2\n');
  });

  it('is in the environment of the container, and in no label', async () => {
    const { Config } = await seen.only('app');
    expect(Config.Env).toContain(`TOKEN=${first}`);
    expect(JSON.stringify(Config.Labels)).not.toMatch(hidden);
  });

  it('is hidden in logs, and in what a failing version says and leaves', async () => {
    expect((await done(host.octo('logs', 'app'))).stdout).toContain('my token is [hidden]');
    const refused = await host.push('app', { Dockerfile: failing });
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('no such user: [hidden]');
    const kept = await done(host.octo('logs', 'app', '--deploy'));
    expect(kept.stdout).toContain('no such user: [hidden]');
    expect(said(refused) + said(kept)).not.toMatch(hidden);
    expect(await token()).toBe(`${first}\n`);
  });

  it('is gone back to after a change and a rotation', async () => {
    await done(host.push('app', { Dockerfile: talking }));
    await done(host.ssh('config:set --secret app/TOKEN', { input: second }));
    expect(await token()).toBe(`${second}\n`);
    await done(host.octo('secrets:rotate'));
    await done(host.octo('secrets:rotate'));
    const back = await done(host.octo('rollback', 'app', '1'));
    expect(said(back)).not.toMatch(hidden);
    expect(await token()).toBe(`${first}\n`);
  });

  it('stands in no file of the instance, of all that it has done until now', async () => {
    expect(await filesWith('octohost-secret:1:')).not.toEqual([]);
    expect(await filesWith('hunter2')).toEqual([]);
  });

  it('of another site does not open where somebody puts it', async () => {
    const sealed = await seen.stored('octohost/app/TOKEN');
    await seen.store('octohost/thief/TOKEN', sealed ?? '');
    const tried = await host.octo('deploy', 'thief', await host.folder({ Dockerfile: talking }));
    expect(tried.stderr).toContain('E_SECRET_CHANGED');
    expect(tried.code).toBe(1);
  });
});

it('a plain setting stays readable for others, and what they write there is taken', async () => {
  await done(host.octo('config:set', 'app/PLAIN', 'to see'));
  expect(await seen.stored('octohost/app/PLAIN')).toBe('to see');
  await seen.store('octohost/app/PLAIN', 'theirs');
  expect((await done(host.octo('config:get', 'app/PLAIN'))).stdout).toBe('theirs\n');
});

it('the file of the keys is for its owner alone, or is not used', async () => {
  const path = join(host.home, 'data', 'secrets.key');
  await ran('chmod', ['644', path]);
  const refused = await host.octo('config:get', '--secrets', 'app/TOKEN');
  expect(refused.stderr).toContain('E_SECRET_FILE');
  await ran('chmod', ['600', path]);
  await done(host.octo('config:get', '--secrets', 'app/TOKEN'));
});
