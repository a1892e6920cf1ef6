/** What the guides for newcomers name is there: every command, with these flags. */
import { readFileSync } from 'node:fs';
import { Config } from '@oclif/core/config';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadOptions } from '../../cli/load-options.ts';
import { findOldCommand } from '../../cli/old-commands.ts';
import { original } from './old-commands.ts';

const guides = ['COMING-FROM-OCTOHOST.md', 'COMING-FROM-DOKKU.md'];
const read = (guide: string) => readFileSync(new URL(`../../cli/${guide}`, import.meta.url), 'utf8');

interface Shown {
  readonly name: string;
  readonly flags: readonly string[];
}

/** Command lines in code, inline or in blocks. */
function shownIn(markdown: string): Shown[] {
  const inline = [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
  const blocks = [...markdown.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, code]) =>
    (code ?? '').split('\n'),
  );
  return [...inline, ...blocks].flatMap((code) => {
    const [, words = ''] = /^octo ([^#|<]+)/.exec(code) ?? [];
    const [name, ...rest] = words.trim().split(/\s+/);
    if (!name || name === 'help') return [];
    return [{ name, flags: rest.filter((word) => /^-{1,2}[a-z]/.test(word)) }];
  });
}

let known: Map<string, ReadonlySet<string>>;
beforeAll(async () => {
  const { commands } = await Config.load(loadOptions('**/*'));
  known = new Map(
    commands.flatMap(({ id, aliases, flags }) => {
      const names = Object.values(flags).flatMap((flag) => [
        `--${flag.name}`,
        ...(flag.char ? [`-${flag.char}`] : []),
        ...(flag.type === 'boolean' && flag.allowNo ? [`--no-${flag.name}`] : []),
      ]);
      return [id, ...aliases].map((one) => [one, new Set(names)] as const);
    }),
  );
}, 300_000);

describe.each(guides)('%s', (guide) => {
  it('shows commands that are there, with flags that they have', () => {
    const shown = shownIn(read(guide));
    expect(shown.length).toBeGreaterThan(20);
    const wrong = shown.filter(
      ({ name, flags }) => flags.some((flag) => !known.get(name)?.has(flag)) || !known.has(name),
    );
    expect(wrong).toEqual([]);
  });
});

it('the guide for users of the original has every one of its commands', () => {
  const text = read('COMING-FROM-OCTOHOST.md');
  const missing = original.filter((name) => !new RegExp(`\`(octo )?${name}(?![a-z:])`).test(text));
  expect(missing).toEqual([]);
});

it('what that guide says is gone is answered by its old name', () => {
  for (const name of ['logspout', 'consul:reset']) expect(findOldCommand([name]), name).toBeDefined();
});
