import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { hookTable, tapsIn, withTable } from './hook-table.ts';

const plugins = fileURLToPath(new URL('../../plugins', import.meta.url));

it('the table of hooks in the plugin guide is that of the code', async () => {
  const found = globSync('*/**/*.ts', { cwd: plugins }).flatMap((file) =>
    tapsIn(readFileSync(join(plugins, file), 'utf8')).map((hook) => ({ hook, by: file.split('/')[0] ?? '' })),
  );
  const taps = new Map(
    [...Map.groupBy(found, ({ hook }) => hook)].map(([hook, all]) => [
      hook,
      [...new Set(all.map(({ by }) => by))].toSorted(),
    ]),
  );
  const guide = join(plugins, 'WRITING.md');
  await expect(withTable(readFileSync(guide, 'utf8'), hookTable(taps))).toMatchFileSnapshot(guide);
});

it('a tap is found where it stands', () => {
  expect(tapsIn("hooks.routed.tap('a', f);\napi.hooks.failed.tap('b', g);")).toEqual(['routed', 'failed']);
});

it('the table says who taps a hook, and whether a failure stops the deploy', () => {
  const lines = hookTable(new Map([['routed', ['dns', 'mail']]])).split('\n');
  expect(lines.find((line) => line.includes('`routed`'))).toMatch(/`Routed` \| best effort \| dns, mail \|$/);
  expect(lines.find((line) => line.includes('`received`'))).toMatch(/\| gate \| none \|$/);
});
