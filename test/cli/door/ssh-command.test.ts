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
    undefined,
    '',
    'sh',
    'git-shell',
    "git-receive-pack 'a' 'b'",
    "git-receive-pack 'a'; id",
    'git-upload-archive app',
    "git-receive-pack 'a'\\''b'",
  ])('refuses the command %s', (asked) => {
    expect(() => parseSshCommand(asked)).toThrow(expect.objectContaining({ code: 'E_DOOR_COMMAND' }));
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
