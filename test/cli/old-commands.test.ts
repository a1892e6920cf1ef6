/** Every command of the original octohost is there under its name, or its name answers with what to type today. */
import { Config } from '@oclif/core/config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadOptions } from '../../cli/load-options.ts';
import { findOldCommand, oldCommands } from '../../cli/old-commands.ts';
import { type CommandLine, commandLine } from './command-line.ts';
import { original } from './old-commands.ts';

async function known(): Promise<Set<string>> {
  const { commands } = await Config.load(loadOptions('**/*'));
  return new Set(commands.flatMap(({ id, aliases }) => [id, ...aliases]));
}

describe('the commands of the original', () => {
  it('are all there, or answered', async () => {
    const names = new Set([...(await known()), ...Object.keys(oldCommands)]);
    expect(original.filter((name) => !names.has(name))).toEqual([]);
  });

  it('are not both there and gone', async () => {
    const names = await known();
    expect(Object.keys(oldCommands).filter((name) => names.has(name))).toEqual([]);
  });

  it('point to commands that are there', async () => {
    const names = await known();
    const shown = Object.values(oldCommands).flatMap(({ instead }) =>
      instead.flatMap((line) =>
        [...line.matchAll(/(?:\bocto|git@HOST) ([a-z]+(?::[a-z]+)*)/g)].map(([, name]) => name ?? ''),
      ),
    );
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.filter((name) => !names.has(name))).toEqual([]);
  });
});

describe('findOldCommand', () => {
  it.each([
    { line: 'logspout start', name: 'logspout' },
    { line: 'logspout --help', name: 'logspout' },
    { line: 'moved', name: undefined },
    { line: 'constructor', name: undefined },
    { line: 'move', name: undefined },
    { line: '', name: undefined },
  ])('finds $name in: octo $line', ({ line, name }) => {
    expect(findOldCommand(line.split(' '))?.name).toBe(name);
  });
});

describe('remove:config', () => {
  let line: CommandLine;
  beforeAll(() => {
    line = commandLine();
  });
  afterAll(() => line.dispose());

  it('removes all settings of its site, secrets too, and of no other', async () => {
    await line.octo('config:set', 'app', 'A=1', 'B=2');
    await line.octoWith({ stdin: 'a-secret-of-app' }, 'config:set', '--secret', 'app/TOKEN');
    await line.octo('config:set', 'app2', 'A=1');
    await line.octo('domains:set', 'app', 'a.example.org');
    const { code, stderr } = await line.octo('remove:config', 'app');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const left = await line.engine().shownSettings('app' as never);
    expect(Object.keys(left.settings).filter((key) => key !== 'DOMAINS')).toEqual([]);
    expect(left.secrets).toEqual([]);
    expect(await line.engine().settings('app2' as never)).toEqual({ A: '1' });
    expect((await line.octo('domains', 'app')).stdout).toContain('a.example.org');
  });
});
