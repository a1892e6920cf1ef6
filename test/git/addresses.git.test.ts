/** Every way to write the address, and every protocol version of git. */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { page } from '../helpers/private-instance.ts';
import { type Client, gitLab } from './lab.ts';

const lab = gitLab();

/** A client that finds port, user and key in a file of its own, so that an address need not name them. */
async function configured(): Promise<Client> {
  const { port, user, identity, knownHosts } = lab.host.instance.ssh;
  const file = lab.path('ssh_config');
  const lines = [
    'Host octo 127.0.0.1',
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  User ${user}`,
    `  IdentityFile ${identity}`,
    `  UserKnownHostsFile ${knownHosts}`,
    '  IdentitiesOnly yes',
    '  BatchMode yes',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  return lab.client({ environment: { ...lab.environment, GIT_SSH_COMMAND: `ssh -F ${file}` } });
}

describe('an address', () => {
  const forms: [string, (user: string, port: number) => string][] = [
    ['ssh://user@host:port/name.git', (user, port) => `ssh://${user}@127.0.0.1:${port}/forms.git`],
    ['ssh://user@host:port/name', (user, port) => `ssh://${user}@127.0.0.1:${port}/forms`],
    ['ssh://host/name.git', () => 'ssh://octo/forms.git'],
    ['user@host:name.git', (user) => `${user}@127.0.0.1:forms.git`],
    ['user@host:name', (user) => `${user}@127.0.0.1:forms`],
    ['user@host:/name.git', (user) => `${user}@127.0.0.1:/forms.git`],
    ['host:/name', () => 'octo:/forms'],
  ];

  it.each(forms)('%s is pushed to and fetched from', async (form, address) => {
    const { user, port } = lab.host.instance.ssh;
    const url = address(user, port);
    const client = await configured();
    const there = await lab.site('forms');
    if (there) await client.git('pull', '-q', url, 'main');
    // The tree that runs already is live at once.
    const revision = await client.commit(there ? {} : page('forms'), form);
    const pushed = await client.git('push', url, 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    expect(await lab.body('forms')).toBe('forms');
    const seen = await client.git('ls-remote', url, 'refs/heads/main');
    expect(seen.stdout).toBe(`${revision}\trefs/heads/main\n`);
    expect(await lab.repositories()).toEqual(['forms']);
  });

  it.each(['UPPER.git', '../forms.git', 'a/b.git', 'forms.git.git', '.git', "it's.git", '-x.git'])(
    'that ends with %s is refused, and nothing is there afterwards',
    async (name) => {
      const client = await configured();
      await client.commit(page('x'));
      const pushed = await client.git('push', `octo:${name}`, 'main');
      expect(pushed.code).not.toBe(0);
      expect(pushed.stderr).toMatch(/E_DOOR_REPOSITORY|cannot be run over ssh|strange pathname/);
      expect(await lab.repositories()).toEqual(['forms']);
    },
  );
});

describe.each([0, 1, 2])('protocol version %i', (version) => {
  it('pushes, lists, clones and fetches', async () => {
    const protocol = ['-c', `protocol.version=${version}`];
    const site = `protocol${version}`;
    const client = await lab.client();
    const first = await client.commit(page('one'));
    const pushed = await client.git(...protocol, 'push', lab.url(site), 'main');
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    const seen = await client.git(...protocol, 'ls-remote', lab.url(site));
    expect(seen.stdout.trim().split('\n')).toEqual([`${first}\tHEAD`, `${first}\trefs/heads/main`]);
    const cloned = await client.git(...protocol, 'clone', '-q', lab.url(site), lab.path(`clone${version}`));
    expect(cloned, cloned.stderr).toMatchObject({ code: 0 });
    const second = await client.commit({});
    await client.git(...protocol, 'push', lab.url(site), 'main');
    const clone = lab.clientOf(lab.path(`clone${version}`));
    const pulled = await clone.git(...protocol, 'pull', '-q', '--ff-only');
    expect(pulled, pulled.stderr).toMatchObject({ code: 0 });
    expect(await clone.revision()).toBe(second);
    expect(await lab.body(site)).toBe('one');
  });
});
