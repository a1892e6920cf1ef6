/** The program started from the startup snapshot that the build has taken, where it was built and where somebody has moved it. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

async function seenBy(octo: string, word: string): Promise<Seen> {
  const file = join(dir, 'looking.config.ts');
  await writeFile(file, looking);
  const { code, stderr } = await ran(octo, ['sites', '--config', file], {
    env: { ...process.env, WORD: word },
  });
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('E_CONFIG') });
  return JSON.parse(stderr.slice(0, stderr.indexOf('\n'))) as Seen;
}

describe('octo from its startup snapshot', () => {
  it('gives a configuration the one core and the plugins that run, with all that the files export', async () => {
    const seen = await seenBy(octoPath, 'one');
    expect(seen).toMatchObject({ isOne: true, word: 'one' });
    expect(seen.command).toContain(join(root, 'dist/octo.blob'));
    const core = (await import('../../core/index.ts')) as object;
    expect(seen.names).toEqual(Object.keys(core).toSorted());
    const consul = (await import('../../plugins/consul/index.ts')) as object;
    expect(seen.plugin).toEqual(Object.keys(consul).toSorted());
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
    const launcher = (await readFile(moved, 'utf8'))
      .replace('octo.blob', 'no.blob')
      .replace('%/cli/bin/octo', '%/cli/bin/plain');
    await writeFile(plain, launcher, { mode: 0o755 });
    const [one, other] = [await ran(moved, words, { env }), await ran(plain, words, { env })];
    expect(one).toEqual(other);
    expect(one.stdout + one.stderr).not.toBe('');
    expect(one.stdout + one.stderr).not.toContain('\u001b');
  });
});
