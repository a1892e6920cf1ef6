import { expect, it } from 'vitest';
import { foldersTo, groupsOf, listensAt, shellOf, userName } from '../../../cli/setup/system-files.ts';

const passwd =
  'root:x:0:0:root:/root:/bin/bash\ngit:x:999:999::/home/git:/bin/sh\ngitea:x:998:998::/:/bin/false\n';

it('reads the shell of exactly this user', () => {
  expect(shellOf(passwd, 'git')).toBe('/bin/sh');
  expect(shellOf(passwd, 'gi')).toBeUndefined();
});

it('reads who a number is', () => {
  expect(userName(passwd, 998)).toBe('gitea');
  expect(userName(passwd, 99)).toBe('99');
});

it('reads the groups that have a member', () => {
  const group = 'docker:x:990:alice,git\nsudo:x:27:gitea\ngit:x:999:\n';
  expect(groupsOf(group, 'git')).toEqual(['docker']);
  expect(groupsOf('', 'git')).toEqual([]);
});

it('finds who listens at a port, not who is only connected to or from it', () => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue\n';
  const line = (local: string, remote: string, state: string) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000\n`;
  expect(listensAt(head + line('00000000:0050', '00000000:0000', '0A'), 80)).toBe(true);
  expect(listensAt(head + line('00000000000000000000000000000000:0050', '0:0000', '0A'), 80)).toBe(true);
  expect(listensAt(head + line('0100007F:0050', '0100007F:A000', '01'), 80)).toBe(false);
  expect(listensAt(head + line('0100007F:A000', '0100007F:0050', '0A'), 80)).toBe(false);
  expect(listensAt(head + line('00000000:1F90', '00000000:0000', '0A'), 80)).toBe(false);
  expect(listensAt('', 80)).toBe(false);
});

it('lists the folders down to a path', () => {
  expect(foldersTo('/opt/octohost')).toEqual(['/', '/opt', '/opt/octohost']);
});
