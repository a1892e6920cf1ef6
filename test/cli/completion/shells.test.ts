/** The scripts in the shells that are there: what each offers for a line that somebody has typed so far. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../command-line.ts';

const widgets = fileURLToPath(new URL('widgets.zsh', import.meta.url));
const lineEditor = fileURLToPath(new URL('line-editor.zsh', import.meta.url));
let line: CommandLine;
let dir: string;
beforeAll(async () => {
  line = commandLine();
  dir = mkdtempSync(join(tmpdir(), 'octo-completion-'));
  // It is asked for sites alone: whatever else a script wants of octo, it does not get.
  writeFileSync(join(dir, 'octo'), '#!/bin/sh\n[ "$*" = sites ] && printf "shop\\nshop-x\\n"\n');
  chmodSync(join(dir, 'octo'), 0o755);
  for (const shell of ['bash', 'zsh', 'fish'])
    writeFileSync(join(dir, `octo.${shell}`), (await line.octo('completion', shell)).stdout);
});
afterAll(async () => {
  rmSync(dir, { recursive: true });
  await line.dispose();
});

const env = () => ({ ...process.env, PATH: `${dir}:${process.env['PATH']}` });
const run = (program: string, ...words: string[]) =>
  spawnSync(program, words, { env: env(), cwd: dir, encoding: 'utf8', timeout: 100_000 });
const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

/** As readline does: the line in words, taken apart at blanks and colons. */
function offeredByBash(typed: string): string[] {
  const words = typed.split(/ |(?<=:)|(?=:)/);
  const script = [
    'source ./octo.bash',
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1}`,
    '_octo',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  const { stdout, stderr } = run('bash', '--norc', '-c', script.join('\n'));
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

function offeredByFish(typed: string): string[] {
  const { stdout, stderr } = run('fish', '--no-config', '-c', `source ./octo.fish; complete -C '${typed}'`);
  expect(stderr).toBe('');
  return stdout.split('\n').flatMap((word) => word.split('\t')[0] || []);
}

/** Its completion system works within the line editor alone, so what that would be told is printed. */
function offeredByZsh(typed: string): string[] {
  const words = typed.split(' ');
  const script = [
    `source '${widgets}'`,
    'source ./octo.zsh',
    `words=(${words.map((word) => `'${word}'`).join(' ')}) CURRENT=${words.length} PREFIX='${words.at(-1)}'`,
    '_octo',
  ];
  const { stdout, stderr } = run('zsh', '-f', '-c', script.join('\n'));
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

const cases = [
  { typed: 'octo maint', offered: ['maintenance'] },
  { typed: 'octo maintenance ', offered: ['off', 'on'] },
  { typed: 'octo maintenance on sh', offered: ['shop', 'shop-x'] },
  { typed: 'octo exec shop --inst', offered: ['--instance'] },
  { typed: 'octo keys add alice --site sh', offered: ['shop', 'shop-x'] },
  { typed: 'octo plugins create x --role reg', offered: ['registrar'] },
  { typed: 'octo logs --follow shop-', offered: ['shop-x'] },
];

describe.each([
  { shell: 'bash', offeredBy: offeredByBash },
  { shell: 'zsh', offeredBy: offeredByZsh },
  { shell: 'fish', offeredBy: offeredByFish },
])('$shell', ({ shell, offeredBy }) => {
  it.runIf(has(shell)).each(cases)('offers $offered for "$typed"', ({ typed, offered }) => {
    expect(offeredBy(typed).toSorted()).toEqual(offered);
  });

  it.runIf(has(shell))('offers every command, and for config also the sites', () => {
    expect(offeredBy('octo ')).toEqual(expect.arrayContaining(['deploy', 'config', 'run']));
    expect(offeredBy('octo ')).not.toContain('retire');
    expect(offeredBy('octo config ')).toEqual(expect.arrayContaining(['set', 'get', 'shop', 'shop-x']));
    expect(offeredBy('octo logs shop --')).toEqual(
      expect.arrayContaining(['--follow', '--json', '--config']),
    );
  });
});

it.each([
  { shell: 'bash', offeredBy: offeredByBash },
  { shell: 'zsh', offeredBy: offeredByZsh },
])('$shell completes behind a colon, too', ({ shell, offeredBy }) => {
  if (!has(shell)) return;
  expect(offeredBy('octo maintenance:o').toSorted()).toEqual(['off', 'on']);
  expect(offeredBy('octo maintenance:on sh').toSorted()).toEqual(['shop', 'shop-x']);
  expect(offeredBy('octo config:')).toContain('set');
  expect(offeredBy('octo config:')).not.toContain('shop');
  expect(offeredBy('octo nothing:o')).not.toContain('on');
});

it.runIf(has('zsh')).each([
  { typed: 'octo config:se', line: 'octo config:set ' },
  { typed: 'octo maintenance:of', line: 'octo maintenance:off ' },
  { typed: 'octo maintenance:on shop-', line: 'octo maintenance:on shop-x ' },
  { typed: 'octo maint', line: 'octo maintenance ' },
])("zsh's line editor makes $line of $typed and Tab", ({ typed, line: wanted }) => {
  const { stdout, stderr } = run('zsh', '-f', lineEditor, './octo.zsh', typed);
  expect({ stdout, stderr }).toEqual({ stdout: wanted, stderr: '' });
});

it('a shell that is none is refused, with those that are', async () => {
  const { code, stderr } = await line.octo('completion', 'tcsh');
  expect({ code, said: stderr.includes('bash|zsh|fish') }).toEqual({ code: 2, said: true });
});
