import { definePlugin } from 'octohost';
import { afterEach, describe, expect, it } from 'vitest';
import { installedParts, programVersion } from '../../../cli/installed.ts';
import { type CommandLine, commandLine } from '../command-line.ts';

let line: CommandLine | undefined;
afterEach(() => line?.dispose());

const parts = definePlugin({
  name: 'parts',
  setup(api) {
    api.part({ name: 'Docker Engine', version: async () => '20.10.24' });
    api.part({
      name: 'Consul',
      version: () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:8500')),
    });
  },
});

describe('octo version', () => {
  it('shows the same to people and machines, parts that do not answer too, and exits with 0', async () => {
    line = commandLine({ more: [parts] });
    const { stdout, stderr, code } = await line.octo('version');
    const { octohost, node, parts: told } = (await line.octo('version', '--json')).json();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(octohost).toMatch(/^\d+\.\d+\.\d+/);
    expect(node).toBe(process.versions.node);
    expect(told).toContainEqual({ name: 'git', version: expect.stringMatching(/^\d+\.\d+/) });
    expect(told).toContainEqual({ name: 'Docker Engine', version: '20.10.24' });
    expect(told).toContainEqual({ name: 'Consul', problem: 'connect ECONNREFUSED 127.0.0.1:8500' });
    expect(stdout).toMatch(/^octohost +\d/m);
    expect(stdout).toMatch(/^Docker Engine +20\.10\.24$/m);
    expect(stdout).toMatch(/^Consul +not reachable: connect ECONNREFUSED 127\.0\.0\.1:8500$/m);
  });
});

describe('programs of the host', () => {
  it.each([
    { said: 'git version 2.39.5\n', version: '2.39.5' },
    { said: 'git version 2.39.5 (Apple Git-154)\n', version: '2.39.5' },
    { said: 'OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15 3 Sep 2024\n', version: '9.2p1' },
    { said: 'something of its own', version: 'something of its own' },
  ])('say $version', ({ said, version }) => {
    expect(programVersion(said)).toBe(version);
  });

  it('are told as missing where they are', async () => {
    expect(await installedParts({ PATH: '/nowhere' })).toEqual([
      { name: 'git', problem: 'it is not installed' },
      { name: 'ssh', problem: 'it is not installed' },
    ]);
  });
});
