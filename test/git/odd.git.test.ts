/** Repositories that are odd, or mean harm: nothing of them runs here, nothing is followed, and what is not supported is said. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { page, type Ran } from '../helpers/private-instance.ts';
import { type Client, gitLab } from './lab.ts';

const lab = gitLab();

/** A site that shows its whole tree below /. */
const showsAll = (text: string) => {
  const files = page(text);
  return {
    ...files,
    Dockerfile: files['Dockerfile']?.replace('COPY index.html /www/', 'COPY . /www/') ?? '',
  };
};

async function pushed(client: Client, site: string): Promise<Ran> {
  const done = await client.push(site, 'main');
  expect(done, done.stderr).toMatchObject({ code: 0 });
  return done;
}

/** Adds a commit on top of main with these entries, whose names may be anything; nothing is checked out. */
async function commitEntries(
  client: Client,
  entries: readonly { mode: string; name: Buffer; content: string }[],
) {
  const blob = (content: string) =>
    execFileSync('git', ['hash-object', '-w', '--stdin'], {
      cwd: client.path,
      input: content,
      encoding: 'utf8',
    }).trim();
  const old = execFileSync('git', ['ls-tree', '-z', 'HEAD'], { cwd: client.path });
  const added = entries.map(({ mode, name, content }) =>
    Buffer.concat([
      Buffer.from(
        `${mode} ${mode === '160000' ? content : `blob ${blob(content)}`}`.replace(
          /^160000 /,
          '160000 commit ',
        ),
      ),
      Buffer.from('\t'),
      name,
      Buffer.from([0]),
    ]),
  );
  const input = Buffer.concat([old, ...added]);
  const tree = execFileSync('git', ['mktree', '-z', '--missing'], {
    cwd: client.path,
    input,
    encoding: 'utf8',
  }).trim();
  const made = await client.git('commit-tree', tree, '-p', 'HEAD', '-m', 'Odd');
  await client.git('update-ref', 'refs/heads/main', made.stdout.trim());
}

describe('file names', () => {
  it('with quotes, line breaks, dashes and spaces reach the build as they are', async () => {
    const client = await lab.client();
    const names = [
      `it's "so"`,
      '-rf',
      '--help',
      ' space ',
      'a\nb',
      '$(touch owned)',
      'ünï ☃',
      'back\\slash',
      'semi;colon',
    ];
    await client.commit({
      ...showsAll('names'),
      ...Object.fromEntries(names.map((name) => [name, `<${name}>`])),
    });
    await pushed(client, 'names');
    for (const name of names) {
      const { body } = await lab.host.get('names', `/${encodeURIComponent(name)}`);
      expect(body, JSON.stringify(name)).toBe(`<${name}>`);
    }
    expect(existsSync('owned')).toBe(false);
  });

  it('that are no UTF-8 are pushed, or refused with a reason', async () => {
    const client = await lab.client();
    await client.commit(page('latin'));
    await commitEntries(client, [{ mode: '100644', name: Buffer.from('caf\xe9', 'latin1'), content: 'x' }]);
    const done = await client.push('latin', 'main');
    expect(done.code === 0 ? await lab.body('latin') : done.stderr).toMatch(/^latin$|Try this:/);
    expect(done.stderr).not.toContain('This is a bug');
  });

  it.each(['..', '.git', '.GIT', '.', 'GIT~1', 'a/b'])(
    'that lead out of a folder (%s) are refused',
    async (name) => {
      const client = await lab.client();
      await client.commit(page('evil'));
      const { length } = Object.keys((await lab.facts()).repositories);
      await commitEntries(client, [{ mode: '100644', name: Buffer.from(name), content: 'x' }]).catch(
        () => {},
      );
      if ((await client.git('ls-tree', '--name-only', 'main')).stdout.includes(name)) {
        expect(await client.push('evil', 'main')).toMatchObject({ code: 1 });
        expect(Object.keys((await lab.facts()).repositories)).toHaveLength(length);
      }
    },
  );
});

describe('symbolic links out of the tree', () => {
  it('are not followed', async () => {
    const client = await lab.client();
    await writeFile(lab.path('secret'), 'what only the host knows');
    await client.commit(showsAll('links'));
    for (const [name, target] of [
      ['absolute', lab.path('secret')],
      ['relative', `../../../../../../../..${lab.path('secret')}`],
      ['folder', '/etc'],
    ] as const)
      await symlink(target, join(client.path, name));
    await client.commit({});
    const done = await client.push('links', 'main');
    for (const name of ['absolute', 'relative'])
      expect((await lab.host.get('links', `/${name}`)).body).not.toContain('what only the host knows');
    expect(done.stderr).not.toContain('what only the host knows');
  });

  it.each(['Dockerfile', 'CNAME'])('as %s are refused or passed over, never read', async (name) => {
    const client = await lab.client();
    await writeFile(
      lab.path('outside'),
      'FROM octohost/busybox:1\nCMD ["what", "only", "the", "host", "knows"]\n',
    );
    await client.commit({ ...page('read'), [name]: null });
    await symlink(lab.path('outside'), join(client.path, name));
    await client.commit({});
    const done = await client.push(`read-${name.toLowerCase()}`, 'main');
    expect(done.stderr).not.toMatch(/only.*knows/);
  });
});

describe('what git would run on a checkout', () => {
  it('does not run: filters, hooks and settings in the tree', async () => {
    const client = await lab.client();
    const trap = lab.path('trap');
    await client.commit({
      ...showsAll('calm'),
      '.gitattributes': '*.html filter=trap diff=trap merge=trap\n* text=auto eol=crlf\n',
      '.gitconfig': `[filter "trap"]\n\tsmudge = touch ${trap}\n`,
      'hooks/pre-receive': `#!/bin/sh\ntouch ${trap}\nexit 1\n`,
      'hooks/post-update': `#!/bin/sh\ntouch ${trap}\n`,
      config: `[core]\n\tfsmonitor = touch ${trap}\n`,
    });
    await chmod(join(client.path, 'hooks/pre-receive'), 0o755);
    await client.commit({});
    await pushed(client, 'calm');
    expect(existsSync(trap)).toBe(false);
    expect(await lab.body('calm')).toBe('calm');
  });

  it('and what a client has by way of hooks is the client’s own', async () => {
    const client = await lab.client();
    await client.commit(page('own'));
    await mkdir(join(client.path, '.git', 'hooks'), { recursive: true });
    await writeFile(
      join(client.path, '.git', 'hooks', 'pre-push'),
      '#!/bin/sh\necho said by the client >&2\n',
      {
        mode: 0o755,
      },
    );
    expect((await pushed(client, 'own')).stderr).toContain('said by the client');
  });
});

describe('what is not supported is said', () => {
  it('submodules: the push goes through without them', async () => {
    const client = await lab.client();
    await client.commit({
      ...showsAll('outer'),
      '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = https://example.com/lib.git\n',
    });
    await commitEntries(client, [
      { mode: '160000', name: Buffer.from('lib'), content: '1234567890123456789012345678901234567890' },
    ]);
    const done = await client.push('outer', 'main');
    expect(done.stderr).toMatch(/^remote: .*submodule/im);
    expect(done.stderr).toContain('lib');
    expect(done, done.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('outer')).toBe('outer');
  });

  it('LFS pointers: the files hold the pointers', async () => {
    const client = await lab.client();
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 12345\n`;
    await client.commit({
      ...page('large'),
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'a.bin': pointer,
    });
    const done = await pushed(client, 'large');
    expect(done.stderr).toMatch(/^remote: .*LFS/im);
  });
});

it('20,000 small files are pushed and deployed', async () => {
  const client = await lab.client();
  await client.commit(page('many'));
  const files = Array.from(
    { length: 20_000 },
    (_, index) => `M 100644 inline f/${index % 100}/${index}\ndata 6\n${String(index).padStart(6, '0')}\n`,
  );
  const head =
    'commit refs/heads/main\ncommitter T <t@localhost> 1700000000 +0000\ndata 4\nmany\nfrom refs/heads/main^0\n';
  execFileSync('git', ['fast-import', '--quiet'], { cwd: client.path, input: head + files.join('') });
  await pushed(client, 'many');
  expect(await lab.body('many')).toBe('many');
});
