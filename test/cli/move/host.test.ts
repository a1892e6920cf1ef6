import { describe, expect, it } from 'vitest';
import { sshWords } from '../../../cli/move/host.ts';

describe('the words for ssh', () => {
  it('name the host after all options, and ask for one command', () => {
    const address = { host: 'new.example.com', user: 'git', port: 2222, identity: '/k', sshConfig: '/c' };
    expect(sshWords(address, ['restore', '-'])).toEqual(
      '-F /c -T -o BatchMode=yes -p 2222 -i /k -- git@new.example.com restore -'.split(' '),
    );
  });

  it.each([
    { host: '-oProxyCommand=x', user: 'git' },
    { host: 'a b', user: 'git' },
    { host: '', user: 'git' },
    { host: 'git@other', user: 'git' },
    { host: 'a', user: '-l' },
    { host: 'a', user: 'x y' },
    { host: 'a;id', user: 'git' },
  ])('are none for $user at $host', (address) => {
    expect(() => sshWords(address, ['releases'])).toThrow(expect.objectContaining({ code: 'E_MOVE_HOST' }));
  });
});
