import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SubmoduleAccess } from '../../../cli/door/submodules.ts';
import type { Revision, Tree } from '../../../core/index.ts';
import { type GitServer, startGitServer } from './git-server.ts';
import { access, createScratch, openTree, type Scratch } from './scratch.ts';

let scratch: Scratch;
let app: string;
beforeEach(() => {
  scratch = createScratch();
  app = scratch.init('repositories/app.git');
});
afterEach(() => scratch.remove());

const modules = (addresses: Readonly<Record<string, string>>) =>
  Object.entries(addresses)
    .map(([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`)
    .join('');

/** A commit of the app with these submodules: path, address, commit. */
const push = (...submodules: [path: string, url: string, commit: string][]): Revision =>
  scratch.commit(
    app,
    {
      Dockerfile: 'FROM scratch\n',
      '.gitmodules': modules(Object.fromEntries(submodules)),
    },
    Object.fromEntries(submodules.map(([path, , commit]) => [path, commit])),
  );

const open = (
  revision: Revision,
  allowed: { sameHost?: boolean; urls?: string[] } = {},
  more: Partial<SubmoduleAccess> = {},
) => openTree(app, revision, access(scratch.dir, allowed, more));

/** Names and contents of a tar, in its order; a name that comes twice, twice. */
async function entriesOf(tree: Tree): Promise<string[]> {
  const entries = extract();
  (await tree.tar()).pipe(entries);
  const found: string[] = [];
  for await (const entry of entries) {
    const content = (await buffer(entry)).toString();
    found.push(entry.header.type === 'file' ? `${entry.header.name}: ${content}` : entry.header.name);
  }
  return found;
}

const head = ['.gitmodules', 'Dockerfile'];
const tail = (entries: readonly string[]) =>
  entries.filter((entry) => !head.some((name) => entry.startsWith(`${name}:`)));

describe('a submodule that is not allowed', () => {
  const commit = '1'.repeat(40);

  it('is an empty folder, which is said with what the operator can do', async () => {
    const revision = push(['lib', 'https://user:word@example.com/lib.git', commit]);
    const { tree, remarks } = await open(revision);
    expect(remarks).toEqual([
      'The submodule lib (https://example.com/lib.git) is not fetched, so its folder is empty. The operator can allow its address: git.submodules in octohost.config.ts.',
    ]);
    expect(tail(await entriesOf(tree))).toEqual(['lib/']);
    expect(tree.id).toBe(scratch.git(app, ['rev-parse', `${revision}^{tree}`]));
  });

  it('of this host is not looked for', async () => {
    const { remarks } = await open(push(['lib', '../lib.git', commit]));
    expect(remarks).toEqual([expect.stringMatching(/^The submodule lib \(\.\.\/lib\.git\) is not fetched/)]);
  });

  it('without an address in .gitmodules is said too', async () => {
    const revision = scratch.commit(app, {}, { lib: commit });
    const { remarks } = await open(revision, { sameHost: true });
    expect(remarks).toEqual(['The submodule lib has no address in .gitmodules, so its folder is empty.']);
  });

  it.each(['file://HERE/lib.git', 'HERE/lib.git', 'ext::sh -c touch% HERE/canary', '../../lib.git'])(
    'because it is %s is never followed',
    async (text) => {
      const lib = scratch.init('lib.git');
      const pinned = scratch.commit(lib, { secret: 'x' });
      const revision = push(['lib', text.replace('HERE', scratch.dir), pinned]);
      const { tree, remarks } = await open(revision, { sameHost: true, urls: ['https://example.com/'] });
      expect(remarks).toEqual([expect.stringContaining('is not fetched')]);
      expect(tail(await entriesOf(tree))).toEqual(['lib/']);
      expect(existsSync(join(scratch.dir, 'canary'))).toBe(false);
    },
  );

  it('has no address from a file of the host that .gitmodules includes', async () => {
    const included = scratch.write('included', modules({ lib: '../lib.git' }));
    const text = `[include]\n\tpath = ${included}\n`;
    const revision = scratch.commit(app, { '.gitmodules': text }, { lib: commit });
    const { remarks } = await open(revision, { sameHost: true });
    expect(remarks).toEqual([expect.stringContaining('has no address in .gitmodules')]);
  });

  it('may stand in a .gitmodules that is malformed: that is refused', async () => {
    const revision = scratch.commit(app, { '.gitmodules': '[submodule' }, { lib: commit });
    await expect(open(revision)).rejects.toMatchObject({ code: 'E_SUBMODULE_FILE' });
  });
});

describe('a submodule of this host', () => {
  let lib: string;
  let pinned: Revision;
  beforeEach(() => {
    lib = scratch.init('repositories/lib.git');
    pinned = scratch.commit(lib, { code: 'first', '.gitattributes': '*.bin filter=crypt\n' });
    scratch.commit(lib, { code: 'second' });
  });

  it('comes at the commit that the tree pins, in one tar, and can be read', async () => {
    const { tree, remarks } = await open(push(['vendor/lib', '../lib.git', pinned]), { sameHost: true });
    expect(await entriesOf(tree)).toEqual([
      expect.stringMatching(/^\.gitmodules: /),
      'Dockerfile: FROM scratch\n',
      'vendor/',
      'vendor/lib/',
      'vendor/lib/',
      'vendor/lib/.gitattributes: *.bin filter=crypt\n',
      'vendor/lib/code: first',
    ]);
    expect((await tree.read('vendor/lib/code'))?.toString()).toBe('first');
    expect(await tree.read('vendor/lib')).toBeUndefined();
    expect(remarks).toEqual([expect.stringMatching(/^In the submodule vendor\/lib: .*filter crypt/)]);
  });

  it('makes another tree than its empty folder', async () => {
    const revision = push(['lib', '../lib.git', pinned]);
    const [empty, full, again] = [
      await open(revision),
      await open(revision, { sameHost: true }),
      await open(revision, { sameHost: true }),
    ];
    expect(full.tree.id).not.toBe(empty.tree.id);
    expect(full.tree.id).toBe(again.tree.id);
  });

  it('without the commit is refused', async () => {
    const revision = push(['lib', '../lib.git', '2'.repeat(40)]);
    await expect(open(revision, { sameHost: true })).rejects.toMatchObject({
      code: 'E_SUBMODULE_COMMIT',
      message: expect.stringContaining('2'.repeat(40)),
    });
  });

  it.each([
    { what: 'that the pusher may not read', name: 'lib', mayRead: false },
    { what: 'that does not exist', name: 'nothing', mayRead: true },
  ])('$what is refused, in the same words', async ({ name, mayRead }) => {
    const revision = push(['lib', `../${name}.git`, pinned]);
    const asked: string[] = [];
    const may = (repository: string) => asked.push(repository) > 0 && mayRead;
    await expect(open(revision, { sameHost: true }, { mayRead: may })).rejects.toMatchObject({
      code: 'E_SUBMODULE_UNKNOWN',
      message: `The submodule lib is to come from ${name}, which is not on this host, or which this key may not read.`,
    });
    expect(asked).toEqual([name]);
  });

  it('may have submodules of its own, whose addresses start there', async () => {
    const deep = scratch.init('repositories/deep.git');
    const bottom = scratch.commit(deep, { bottom: 'here' });
    const middle = scratch.commit(
      lib,
      { '.gitmodules': modules({ in: '../deep.git', out: 'https://example.com/x' }) },
      { in: bottom, out: '3'.repeat(40) },
    );
    const { tree, remarks } = await open(push(['lib', '../lib.git', middle]), { sameHost: true });
    expect((await tree.read('lib/in/bottom'))?.toString()).toBe('here');
    expect(await entriesOf(tree)).toContain('lib/in/bottom: here');
    expect(remarks).toEqual([expect.stringMatching(/^The submodule lib\/out \(https:/)]);
  });

  it('that lies too deep is refused', async () => {
    let below = scratch.commit(lib, { bottom: 'x' });
    for (let depth = 0; depth < 5; depth++)
      below = scratch.commit(lib, { '.gitmodules': modules({ n: '../lib.git' }) }, { n: below });
    await expect(open(push(['n', '../lib.git', below]), { sameHost: true })).rejects.toMatchObject({
      code: 'E_SUBMODULE_LIMIT',
      message: expect.stringContaining('n/n/n/n/n'),
    });
  });

  it('that is one of too many is refused', async () => {
    const many = Array.from({ length: 101 }, (_, index): [string, string, string] => [
      `n${index}`,
      '../lib.git',
      pinned,
    ]);
    await expect(open(push(...many), { sameHost: true })).rejects.toMatchObject({
      code: 'E_SUBMODULE_LIMIT',
    });
  });
});

describe('a submodule of another server', () => {
  let server: GitServer;
  let root: Scratch;
  let lib: string;
  let pinned: Revision;
  beforeAll(async () => {
    root = createScratch();
    lib = root.init('team/lib.git');
    pinned = root.commit(lib, { code: 'first' });
    root.git(lib, ['tag', 'v1']);
    root.commit(lib, { code: 'second' });
    server = await startGitServer(root.dir);
  });
  afterAll(async () => {
    await server.close();
    root.remove();
  });
  beforeEach(() => server.reset());

  const urls = () => [`${server.url}/team/`];
  const address = (path = '/team/lib.git') => server.url + path;
  const cached = () => readdirSync(join(scratch.dir, 'submodules'));

  it('that is allowed is fetched, that commit alone, once', async () => {
    const revision = push(['lib', address(), pinned]);
    const said: string[] = [];
    const output = (line: string) => said.push(line);
    const { tree, remarks } = await open(revision, { urls: urls() }, { output });
    expect(said).toEqual([`submodule lib: ${address()} at ${pinned.slice(0, 12)}`]);
    expect(tail(await entriesOf(tree))).toEqual(['lib/', 'lib/', 'lib/code: first']);
    expect(remarks).toEqual([]);
    const [repository = ''] = cached();
    const path = join(scratch.dir, 'submodules', repository);
    expect(scratch.git(path, ['for-each-ref'])).toBe('');
    expect(cached()).toHaveLength(1);
    const { length } = server.requests;
    await open(revision, { urls: urls() });
    expect(server.requests).toHaveLength(length);
  });

  it('that gives no single commit is fetched whole', async () => {
    server.protocol = 'v0';
    const { tree } = await open(push(['lib', address(), pinned]), { urls: urls() });
    expect((await tree.read('lib/code'))?.toString()).toBe('first');
  });

  it('is not asked where its address is not allowed', async () => {
    const { remarks } = await open(push(['lib', address('/other/lib.git'), pinned]), { urls: urls() });
    expect(remarks).toEqual([expect.stringContaining('is not fetched')]);
    expect(server.requests).toEqual([]);
  });

  it('that leads elsewhere is not followed', async () => {
    server.redirect = true;
    await expect(open(push(['lib', address(), pinned]), { urls: urls() })).rejects.toMatchObject({
      code: 'E_SUBMODULE_FETCH',
    });
    expect(server.requests.filter((path) => path.startsWith('/elsewhere'))).toEqual([]);
  });

  it.each([
    { what: 'the commit', path: '/team/lib.git', commit: '4'.repeat(40) },
    { what: 'the repository', path: '/team/nothing.git', commit: '4'.repeat(40) },
  ])('without $what is refused, and nothing of it is kept', async ({ path, commit }) => {
    await expect(open(push(['lib', address(path), commit]), { urls: urls() })).rejects.toMatchObject({
      code: 'E_SUBMODULE_FETCH',
      message: expect.stringContaining(address(path)),
    });
    expect(cached()).toEqual([]);
  });

  const withLimits = (maxPushMegabytes: number, maxPushSeconds: number): Partial<SubmoduleAccess> => {
    const { config } = access(scratch.dir, { urls: urls() });
    return { config: { ...config, git: { ...config.git, maxPushMegabytes, maxPushSeconds } } };
  };

  it('that is too large is refused', async () => {
    const noise = randomBytes(1024 * 1024)
      .toString('hex')
      .concat(randomBytes(1024 * 1024).toString('hex'));
    const large = root.commit(root.init('team/large.git'), { noise });
    await expect(
      open(push(['lib', address('/team/large.git'), large]), {}, withLimits(1, 60)),
    ).rejects.toMatchObject({ message: expect.stringMatching(/it is larger than 1 MiB$/) });
    expect(cached()).toEqual([]);
  });

  it('that takes too long is refused', async () => {
    server.hang = true;
    await expect(open(push(['lib', address(), pinned]), {}, withLimits(10, 0.1))).rejects.toMatchObject({
      message: expect.stringMatching(/it took longer than 0\.1 s$/),
    });
    expect(cached()).toEqual([]);
  });

  it('with a tree that leads out of its folder is refused', async () => {
    const id = root.git(lib, ['hash-object', '-w', '--stdin'], 'x');
    const tree = Buffer.concat([Buffer.from('100644 ../evil\0'), Buffer.from(id, 'hex')]);
    const evil = root.git(lib, ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'], tree);
    const commit = root.git(lib, ['commit-tree', '-m', 'x', evil]);
    await expect(open(push(['lib', address(), commit]), { urls: urls() })).rejects.toMatchObject({
      code: 'E_SUBMODULE_FETCH',
    });
  });

  it('may come over ssh', async () => {
    const path = process.env['PATH'];
    const uploader = `git upload-pack '${lib}'`;
    scratch.write('bin/ssh', `#!/bin/sh\necho "$@" >> '${scratch.dir}/asked'\nexec ${uploader}\n`);
    process.env['PATH'] = `${scratch.dir}/bin:${path}`;
    try {
      const revision = push(['lib', 'git@git.example.com:team/lib.git', pinned]);
      const { tree } = await open(revision, { urls: ['ssh://git@git.example.com/team/'] });
      expect((await tree.read('lib/code'))?.toString()).toBe('first');
    } finally {
      process.env['PATH'] = path;
    }
    const [asked] = readFileSync(join(scratch.dir, 'asked'), 'utf8').split('\n');
    expect(asked).toMatch(/^-oBatchMode=yes .*git@git\.example\.com git-upload-pack '\/team\/lib\.git'$/);
  });

  it('is forgotten when nothing has used it for a month', async () => {
    await open(push(['lib', address(), pinned]), { urls: urls() });
    const [old = ''] = cached();
    const path = join(scratch.dir, 'submodules', old);
    utimesSync(path, 0, 0);
    const second = root.git(lib, ['rev-parse', 'main']);
    await open(push(['lib', address(), second]), { urls: urls() });
    expect(cached()).toHaveLength(1);
    expect(cached()).not.toContain(old);
  });
});
