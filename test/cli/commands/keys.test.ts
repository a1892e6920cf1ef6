import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../command-line.ts';

describe('octo keys', () => {
  let dir: string;
  let file: string;
  let line: CommandLine;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'octohost-keys-'));
    file = join(dir, 'ssh', 'authorized_keys');
    line = commandLine({ authorizedKeys: file });
  });
  afterEach(async () => {
    await line.dispose();
    await rm(dir, { recursive: true });
  });

  /** Makes a key pair; gives the public line and its fingerprint as ssh-keygen says it. */
  async function makeKey(name: string): Promise<{ text: string; fingerprint: string }> {
    const path = join(dir, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `${name} at home`, '-f', path]);
    const shown = execFileSync('ssh-keygen', ['-lf', `${path}.pub`], { encoding: 'utf8' });
    return { text: await readFile(`${path}.pub`, 'utf8'), fingerprint: shown.split(' ')[1] ?? '' };
  }
  const add = (stdin: string, ...words: string[]) => line.octoWith({ stdin }, 'keys:add', ...words);
  const names = async () =>
    [...(await readFile(file, 'utf8')).matchAll(/ --key (\S+)",restrict /g)].map(([, name]) => name);

  it('adds a key: its fingerprint alone is printed, and sshd gets a line for it', async () => {
    const { text, fingerprint } = await makeKey('alice');
    expect(await add(text, 'alice')).toMatchObject({ stdout: `${fingerprint}\n`, stderr: '', code: 0 });
    expect(await names()).toEqual(['alice']);
    expect(await readFile(file, 'utf8')).toContain(` ${text.split(' ')[1]} alice\n`);
    expect([(await stat(file)).mode & 0o777, (await stat(join(dir, 'ssh'))).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
  });

  it.each([
    { words: [], right: 'deploy', sites: ['*'] },
    { words: ['--read'], right: 'read', sites: ['*'] },
    { words: ['--admin'], right: 'admin', sites: ['*'] },
    { words: ['--site', 'app', '--site', 'shop-*'], right: 'deploy', sites: ['app', 'shop-*'] },
    { words: ['--admin', '--site=app'], right: 'admin', sites: ['app'] },
  ])('adds with $words a key that may $right $sites', async ({ words, right, sites }) => {
    const { text, fingerprint } = await makeKey('a');
    const added = await add(text, ...words, 'alice', '--json');
    const facts = { name: 'alice', right, sites, type: 'ssh-ed25519', comment: 'a at home', fingerprint };
    expect(added.json()).toMatchObject(facts);
    expect((await line.octo('keys:list', '--json')).json()).toEqual({
      keys: [
        expect.objectContaining({ ...facts, addedBy: 'me on test', addedAt: expect.stringMatching(/^20/) }),
      ],
    });
  });

  it('gives a key other rights when it is added again, with one line as before', async () => {
    const { text } = await makeKey('a');
    await add(text, 'alice', '--admin');
    await add(text, 'alice', '--read', '--site', 'app');
    expect((await line.octo('keys:list')).stdout).toMatch(
      /^NAME +RIGHT +SITES +FINGERPRINT +ADDED \(UTC\)\nalice +read +app +SHA256:\S+ +20\d\d-[^\n]+\n$/,
    );
    expect(await names()).toEqual(['alice']);
  });

  it('removes a key, and says so where it is not there', async () => {
    await add((await makeKey('a')).text, 'alice');
    await add((await makeKey('b')).text, 'bob');
    expect(await line.octo('keys', 'remove', 'alice')).toMatchObject({ code: 0, stderr: '' });
    expect(await names()).toEqual(['bob']);
    const again = await line.octo('keys:remove', 'alice', '--json');
    expect([again.code, again.json()]).toMatchObject([2, { error: { code: 'E_KEY_UNKNOWN' } }]);
    await line.octo('keys:remove', 'bob');
    expect(await readFile(file, 'utf8')).toBe('');
    expect(await line.octo('keys:list')).toMatchObject({ stdout: '', code: 0 });
  });

  it.each([
    { what: 'no name', words: [], code: 'E_ARGUMENTS' },
    { what: 'a name that is none', words: ['a b'], code: 'E_KEY_NAME' },
    { what: 'a pattern that is none', words: ['alice', '--site', 'App'], code: 'E_SITE_PATTERN' },
    { what: 'two rights', words: ['alice', '--read', '--admin'], code: 'E_ARGUMENTS' },
  ])('refuses to add with $what, and changes nothing', async ({ words, code }) => {
    const { text } = await makeKey('a');
    const refused = await add(text, ...words, '--json');
    expect([refused.code, refused.json()]).toMatchObject([2, { error: { code } }]);
    expect(await line.engine().keys()).toEqual([]);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('never repeats what is no public key', async () => {
    await makeKey('a');
    const secret = await readFile(join(dir, 'a'), 'utf8');
    const { stdout, stderr, code } = await add(secret, 'alice');
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toContain('private key');
    expect(stderr).not.toContain(secret.split('\n')[1]);
  });

  it('says at a keyboard what to type', async () => {
    const { stderr, code } = await line.octoWith({ terminal: true }, 'keys:add', 'alice');
    expect(code).toBe(2);
    expect(stderr).toContain('octo keys:add alice < ~/.ssh/id_ed25519.pub');
  });

  it('refuses a second name for a key and a second key for a name', async () => {
    const { text } = await makeKey('a');
    await add(text, 'alice');
    expect((await add(text, 'bob')).stderr).toContain('as alice');
    expect((await add((await makeKey('b')).text, 'alice')).stderr).toContain('E_KEY_TAKEN');
    expect(await names()).toEqual(['alice']);
  });

  it('loses none of many that are added at once', async () => {
    const all = Array.from({ length: 6 }, (_, index) => `k${index}`);
    const texts = await Promise.all(all.map(async (name) => (await makeKey(name)).text));
    await Promise.all(all.map((name, index) => add(texts[index] as string, name)));
    expect(await names()).toEqual(all);
    expect(await readdir(join(dir, 'ssh'))).toEqual(['authorized_keys']);
  });

  it('keeps the lines of others, and a link', async () => {
    await mkdir(join(dir, 'real'));
    await mkdir(join(dir, 'ssh'));
    await writeFile(join(dir, 'real', 'keys'), 'ssh-rsa AAAA mine\n', { mode: 0o644 });
    await symlink('../real/keys', file);
    await add((await makeKey('a')).text, 'alice');
    expect(await readFile(join(dir, 'real', 'keys'), 'utf8')).toMatch(/keys end\nssh-rsa AAAA mine\n$/);
    expect(await readFile(file, 'utf8')).toContain('--key alice');
  });

  it('mends what an interrupted change left', async () => {
    await add((await makeKey('a')).text, 'alice');
    await writeFile(file, 'ssh-rsa AAAA mine\n');
    await add((await makeKey('b')).text, 'bob');
    expect(await names()).toEqual(['alice', 'bob']);
  });

  it('says where the file cannot be written, and mends it with the next change', async () => {
    await mkdir(file, { recursive: true });
    const failed = await add((await makeKey('a')).text, 'alice', '--json');
    expect([failed.code, failed.json()]).toMatchObject([1, { error: { code: 'E_KEY_FILE' } }]);
    await rm(file, { recursive: true });
    await add((await makeKey('b')).text, 'bob');
    expect(await names()).toEqual(['alice', 'bob']);
  });

  it('refuses to guess where the comments around its lines do not match', async () => {
    await add((await makeKey('a')).text, 'alice');
    const cut = (await readFile(file, 'utf8')).replace(/# octohost \S+ keys end\n/, 'ssh-rsa AAAA mine\n');
    await writeFile(file, cut);
    await chmod(file, 0o600);
    expect((await line.octo('keys:remove', 'alice')).stderr).toContain('E_KEY_MARKERS');
    expect(await readFile(file, 'utf8')).toBe(cut);
    expect(await line.engine().keys()).toEqual([]);
  });
});
