/** What processes that were killed left below the prefix. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  makeFolders,
  removeForgotten,
  removeUnused,
  withCandidate,
  writeConf,
  writeSiteFiles,
} from '../../../plugins/nginx-router/files.ts';
import { type NginxLayout, nginxLayout } from '../../../plugins/nginx-router/layout.ts';

let layout: NginxLayout;
beforeEach(async () => {
  layout = nginxLayout(mkdtempSync(join(tmpdir(), 'octo-n-')));
  await makeFolders(layout);
  await writeConf(layout, '# in force');
});
afterEach(() => rmSync(layout.prefix, { recursive: true }));

const gone = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
const id = '00000000-0000-4000-8000-000000000000';
const key = '0'.repeat(16);
const confs = () => readdirSync(layout.prefix).filter((name) => name.startsWith('nginx.conf'));

/** As a process of this number leaves them. */
function leave(pid: number): void {
  writeFileSync(`${layout.conf}.abc.${pid}.${id}.candidate`, '');
  writeFileSync(`${layout.conf}.${pid}.${id}.next`, '');
  writeFileSync(join(layout.sitesDir, `app.${key}.conf.${pid}.${id}.next`), '');
}

it('goes at once where its process is gone', async () => {
  leave(gone);
  await removeForgotten(layout);
  await removeUnused(layout);
  expect([confs(), readdirSync(layout.sitesDir)]).toEqual([['nginx.conf'], []]);
});

it('stays while its process may still need it, and goes when it is old', async () => {
  leave(process.pid);
  await removeForgotten(layout);
  await removeUnused(layout);
  expect([confs().length, readdirSync(layout.sitesDir).length]).toEqual([3, 1]);
  for (const name of confs()) utimesSync(join(layout.prefix, name), 1, 1);
  await removeForgotten(layout);
  expect(confs()).toEqual(['nginx.conf']);
});

it('is known by the names that are written', async () => {
  const names = await withCandidate(layout, { generation: 'abc', text: '' }, async () => confs());
  expect(names).toContainEqual(
    expect.stringMatching(new RegExp(`^nginx\\.conf\\.abc\\.${process.pid}\\.[0-9a-f-]{36}\\.candidate$`)),
  );
});

it('files of sites that no configuration names go, and those of one that is tested stay', async () => {
  const [named, other] = [`app.${key}.conf`, `other.${key}.conf`];
  const candidate = { generation: 'abc', text: `include ${layout.sitesDir}/${named};` };
  await withCandidate(layout, candidate, async () => {
    await writeSiteFiles(layout, new Map([named, other].map((name) => [name, ''])));
    await removeUnused(layout);
    expect(readdirSync(layout.sitesDir)).toEqual([named]);
  });
});
