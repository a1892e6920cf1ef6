import { describe, expect, it } from 'vitest';
import { parseSshCommand } from '../../../cli/door/ssh-command.ts';

describe('what an ssh client may ask for', () => {
  it.each([
    { asked: "git-receive-pack '/app.git'", service: 'receive-pack', repository: 'app' },
    { asked: "git-receive-pack 'app.git'", service: 'receive-pack', repository: 'app' },
    { asked: "git-receive-pack 'app'", service: 'receive-pack', repository: 'app' },
    { asked: "git receive-pack '/my-app_2'", service: 'receive-pack', repository: 'my-app_2' },
    { asked: 'git-upload-pack /app.git', service: 'upload-pack', repository: 'app' },
  ])('$asked is $service of $repository', ({ asked, service, repository }) => {
    expect(parseSshCommand(asked)).toEqual({ service, repository });
  });

  it.each([
    { asked: 'status', words: ['status'] },
    { asked: '  octo status app ', words: ['status', 'app'] },
    { asked: 'octo', words: ['help'] },
    { asked: 'config:set app/KEY "a b"', words: ['config:set', 'app/KEY', 'a b'] },
    { asked: 'octohost', words: ['octohost'] },
    { asked: 'sh -c id', words: ['sh', '-c', 'id'] },
    { asked: 'gitk', words: ['gitk'] },
  ])('$asked is the octo command $words', ({ asked, words }) => {
    expect(parseSshCommand(asked)).toEqual({ service: 'octo', words });
  });

  it.each([
    { asked: undefined, code: 'E_DOOR_SHELL' },
    { asked: '', code: 'E_DOOR_SHELL' },
    { asked: ' \n', code: 'E_DOOR_SHELL' },
    { asked: 'git-shell', code: 'E_DOOR_COMMAND' },
    { asked: 'git status', code: 'E_DOOR_COMMAND' },
    { asked: "git-receive-pack 'a' 'b'", code: 'E_DOOR_COMMAND' },
    { asked: "git-receive-pack 'a'; id", code: 'E_DOOR_COMMAND' },
    { asked: 'git-upload-archive app', code: 'E_DOOR_COMMAND' },
    { asked: "git-receive-pack 'a'\\''b'", code: 'E_DOOR_COMMAND' },
    { asked: "config 'app", code: 'E_DOOR_QUOTES' },
  ])('refuses the command $asked with $code', ({ asked, code }) => {
    expect(() => parseSshCommand(asked)).toThrow(expect.objectContaining({ code }));
  });

  it.each(['../x.git', '/../../etc', 'x$(id).git', '.*.git', 'App', 'a/b.git', '.git', '', '-app', 'a..b'])(
    'refuses the repository %s',
    (path) => {
      expect(() => parseSshCommand(`git-receive-pack '${path}'`)).toThrow(
        expect.objectContaining({ code: 'E_DOOR_REPOSITORY' }),
      );
    },
  );
});
