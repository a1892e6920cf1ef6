/** The program started from the startup snapshots that the build has taken, where it was built and where somebody has moved it. */
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { userEntry } from '../../cli/identity.ts';
import { done, octoPath, ran } from '../helpers/private-instance.ts';

const root = dirname(dirname(dirname(octoPath)));
let dir: string;
let moved: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-snapshot-'));
  const program = join(dir, 'a place');
  await mkdir(join(program, 'cli'), { recursive: true });
  for (const part of ['dist', 'cli/bin', 'cli/guides', 'cli/README.md'])
    await cp(join(root, part), join(program, part), { recursive: true });
  // As in the published package: without it what was built is run.
  await rm(join(program, 'cli/bin/main.ts'));
  await symlink(join(root, 'node_modules'), join(program, 'node_modules'));
  const facts = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as object;
  await writeFile(join(program, 'package.json'), JSON.stringify({ ...facts, version: '7.7.7' }));
  moved = join(program, 'cli/bin/octo');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What a configuration sees of the process that runs it. */
interface Seen {
  readonly command: string[];
  readonly names: string[];
  readonly plugin: string[];
  readonly isOne: boolean;
  readonly word: string;
}

const looking = `
import { readFileSync } from 'node:fs';
import * as core from 'octohost';
import * as consul from 'octohost/plugins/consul';
const held = globalThis[Symbol.for('octohost.modules')];
const seen: object = {
  command: readFileSync('/proc/self/cmdline', 'utf8').split('\\0'),
  names: Object.keys(core).toSorted(),
  plugin: Object.keys(consul).toSorted(),
  isOne: held?.['core/index']().defineConfig === core.defineConfig,
  word: await Promise.resolve(process.env['WORD']),
};
process.stderr.write(JSON.stringify(seen) + '\\n');
export default 'no configuration';
`;

/** @param asked what is asked over ssh; left out: a command is typed */
async function seenBy(octo: string, word: string, asked?: string): Promise<Seen> {
  const file = join(dir, 'looking.config.ts');
  await writeFile(file, looking);
  const words =
    asked === undefined ? ['sites', '--config', file] : ['door:serve', '--config', file, '--key', 'dev'];
  const { code, stderr } = await ran(octo, words, {
    env: { ...process.env, WORD: word, ...(asked === undefined ? {} : { SSH_ORIGINAL_COMMAND: asked }) },
  });
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('E_CONFIG') });
  return JSON.parse(stderr.slice(0, stderr.indexOf('\n'))) as Seen;
}

async function exported(): Promise<Pick<Seen, 'names' | 'plugin'>> {
  const [core, consul] = [await import('../../core/index.ts'), await import('../../plugins/consul/index.ts')];
  return { names: Object.keys(core).toSorted(), plugin: Object.keys(consul).toSorted() };
}

describe('octo from its startup snapshot', () => {
  it('gives a configuration the one core and the plugins that run, with all that the files export', async () => {
    const seen = await seenBy(octoPath, 'one');
    expect(seen).toMatchObject({ isOne: true, word: 'one' });
    expect(seen.command).toContain(join(root, 'dist/octo.blob'));
    expect(seen).toMatchObject(await exported());
  });

  it.each([
    ["git-receive-pack 'app.git'", 'dist/door.blob'],
    ["git upload-pack '/app'", 'dist/door.blob'],
    ['sites', 'dist/octo.blob'],
  ])('gives it the same where %s is asked over ssh', async (asked, snapshot) => {
    const seen = await seenBy(octoPath, 'one', asked);
    expect(seen).toMatchObject({ isOne: true, word: 'one', ...(await exported()) });
    expect(seen.command).toContain(join(root, snapshot));
  });

  it('says what a configuration throws', async () => {
    const file = join(dir, 'throws.config.ts');
    await writeFile(file, "const word: string = 'out of order';\nthrow new Error(word);\n");
    const { code, stderr } = await ran(octoPath, ['sites', '--config', file]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('out of order') });
  });

  it('leaves a process that a plugin forks its own file', async () => {
    await writeFile(join(dir, 'forked.mjs'), "process.send('forked');\n");
    const file = join(dir, 'forking.config.ts');
    const forking = [
      "import { fork } from 'node:child_process';",
      "import { once } from 'node:events';",
      `const [said] = await once(fork(${JSON.stringify(join(dir, 'forked.mjs'))}), 'message');`,
      "process.stderr.write(said + '\\n');",
      "export default 'no configuration';",
    ];
    await writeFile(file, forking.join('\n'));
    expect((await ran(octoPath, ['sites', '--config', file])).stderr).toMatch(/^forked\n/);
  });

  it.runIf(process.getuid?.() === 0)(
    'compiles a configuration once for root and once for its user',
    async () => {
      const [user, home] = ['nobody', join(dir, 'home')];
      const { uid, gid } = await userEntry(user);
      const file = join(dir, 'of-a-user.config.ts');
      await writeFile(
        file,
        `const user: string = '${user}';\nexport default { user, dataDir: '${home}/data' };\n`,
      );
      for (const folder of [home, join(home, 'data')]) await mkdir(folder);
      for (const folder of [home, join(home, 'data')]) await chown(folder, uid, gid);
      await chmod(dir, 0o755);
      const env = { ...process.env, HOME: home, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' };
      for (const identity of [{}, { uid, gid }]) {
        const compiled = async () => {
          const { stderr } = await ran(octoPath, ['sites', '--config', file], { env, ...identity });
          return !stderr.includes(`transpile cache for StrippedTypeScript file://${file}...success`);
        };
        expect([await compiled(), await compiled()]).toEqual([true, false]);
      }
    },
  );

  it('runs wherever it was moved to, as what stands there', async () => {
    expect((await done(ran(moved, ['--version']))).stdout).toBe('octohost 7.7.7\n');
    const seen = await seenBy(moved, 'two');
    expect(seen).toMatchObject({ isOne: true, word: 'two' });
    expect(seen.command).toContain(join(dirname(dirname(dirname(moved))), 'dist/octo.blob'));
  });

  it.each([
    [['help']],
    [['deploy', '--help']],
    [['config:get']],
    [['keys']],
    [['no-such-command']],
    [['help', 'E_LOCKED']],
  ])('says what the files say for: octo %j', async (words) => {
    const env = { ...process.env, OCTOHOST_CONFIG: join(dir, 'none.config.ts') };
    const plain = join(dirname(moved), 'plain');
    // The launcher without its snapshot.
    const launcher = (await readFile(moved, 'utf8')).replace('octo.blob', 'no.blob');
    await writeFile(plain, launcher, { mode: 0o755 });
    const [one, other] = [await ran(moved, words, { env }), await ran(plain, words, { env })];
    expect(one).toEqual(other);
    expect(one.stdout + one.stderr).not.toBe('');
    expect(one.stdout + one.stderr).not.toContain('\u001b');
  });
});
