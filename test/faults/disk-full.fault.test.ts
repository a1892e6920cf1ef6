/**
 * A disk that is full: at the first write of a deploy, at the second, and so on. The instance lives on a small disk of
 * its own, on which each round has one page more than the one before, until all of a deploy fits.
 */
import { execFileSync } from 'node:child_process';
import { statfsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { Bench } from './bench.ts';
import { configuration, firstPush, type Kind, push } from './kinds.ts';
import { faultLab } from './lab.ts';

const disk = await mkdtemp(join(tmpdir(), 'octo-f-'));
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'octohost-test', disk]);
// Without points: their notes would find the disk full too.
const config = fileURLToPath(new URL('small-disk.config.ts', import.meta.url));
const lab = await faultLab({ dir: join(disk, 'i'), config });
afterAll(async () => {
  await lab.dispose();
  execFileSync('umount', [disk]);
  await rm(disk, { recursive: true });
});

const ballast = join(disk, 'ballast');

/** Leaves so many pages free. */
async function fill(pages: number): Promise<void> {
  const { bfree, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc((bfree - pages) * bsize));
  expect(statfsSync(disk).bfree).toBe(pages);
}

/** So many deploys in a row have to fit before the disk counts as large enough. */
const enough = 3;

it.each([
  { kind: configuration, step: 1 },
  { kind: push, step: 2 },
  { kind: firstPush, step: 4 },
])(
  '$kind.name: at each write the deploy fails as a whole or is done as a whole',
  async ({ kind, step }: { kind: Kind; step: number }) => {
    const bench = new Bench(lab, kind);
    const reference = await bench.record();
    const codes: number[] = [];
    for (
      let pages = 0;
      codes.slice(-enough).some((code) => code !== 0) || codes.length < enough;
      pages += step
    ) {
      const before = () => fill(pages);
      const after = () => rm(ballast);
      codes.push((await bench.round({ before, after }, reference)).code);
    }
    expect(codes.filter((code) => code !== 0).length).toBeGreaterThan(enough);
  },
  600_000,
);
