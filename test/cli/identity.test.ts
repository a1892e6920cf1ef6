import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findUser } from '../../cli/identity.ts';

const passwd = [
  'root:x:0:0:root:/root:/bin/bash',
  'git:x:998:997:octohost:/var/lib/octohost:/usr/sbin/nologin',
  'broken:x',
  '',
].join('\n');

describe('the user database', () => {
  it.each([
    ['git', { uid: 998, gid: 997, home: '/var/lib/octohost' }],
    ['root', { uid: 0, gid: 0, home: '/root' }],
    ['broken', undefined],
    ['nobody-here', undefined],
    ['gi', undefined],
  ])('knows of %s: %j', (name, entry) => {
    expect(findUser(passwd, name)).toEqual(entry);
  });
});

describe.runIf(process.getuid?.() === 0)('root', () => {
  const module = fileURLToPath(new URL('../../cli/identity.ts', import.meta.url));
  const become = (user: string) =>
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { takeIdentity } = await import(${JSON.stringify(module)}); await takeIdentity(process.argv[1]); console.log(process.getuid(), process.getgid(), process.getgroups().includes(0), process.env.HOME);`,
        user,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    ).trim();

  it('becomes the user, with its groups and home, and nothing of root stays', () => {
    const [, , uid, gid, , home] = execFileSync('getent', ['passwd', 'nobody'], { encoding: 'utf8' })
      .trim()
      .split(':');
    expect(become('nobody')).toBe(`${uid} ${gid} false ${home}`);
  });

  it('stays root where the configuration says so', () => {
    expect(become('root')).toMatch(/^0 0 /);
  });

  it('is told of a user that does not exist', () => {
    expect(() => become('octohost-nobody-here')).toThrow(/E_IDENTITY|octohost-nobody-here/);
  });
});
