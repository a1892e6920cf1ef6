import { expect, it } from 'vitest';
import { librariesIn } from './node-image.ts';
import { faultsOf, reportLines } from './report.ts';
import type { Outcome } from './scenario-run.ts';
import { dockerfile, shareOf } from './scenarios.ts';
import { type Fate, summarize } from './tally.ts';

const answered = { method: 'GET', reused: false, bytes: 1 } as const;
const fates: Fate[] = [
  { kind: 'keep-alive', began: 0, ended: 5, first: answered },
  { kind: 'upload', began: 0, ended: 9, first: { ...answered, method: 'POST', failure: '502' } },
];
const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  scenario: { name: 'ends well', environment: {}, deploys: 20, seconds: 60 },
  deploys: 20,
  summary: summarize(fates.slice(0, 1)),
  reloaded: false,
  problems: [],
  ...change,
});

it('a scenario that kept its bounds tells what was counted', () => {
  expect(reportLines(outcome())).toEqual([
    'ok  ends well',
    '    deploys 20, no reload',
    '    requests 1: keep-alive 1, one-shot 0, slow 0, upload 0, events 0, websocket 0',
    '    failures without retry 0, with retry 0; longest gap 5 ms',
  ]);
});

it('one that did not says why, and of which requests', () => {
  const lines = reportLines(outcome({ summary: summarize(fates), deploys: 3 }));
  expect(lines[0]).toBe('NOT OK  ends well');
  expect(lines[1]).toContain('deploys 3 of 20, for its time was up');
  expect(lines.join('\n')).toContain('upload 1 (1 failed)');
  expect(lines.at(-1)).toContain('upload: 502');
});

it('a deploy that ended otherwise, or a reload that need not be, is a fault too', () => {
  expect(faultsOf(outcome({ problems: ['deploy 3 ended with 1'] }))).toEqual(['deploy 3 ended with 1']);
  expect(faultsOf(outcome({ reloaded: true }))).toHaveLength(1);
  const meant = { ...outcome().scenario, reload: true };
  expect(faultsOf(outcome({ reloaded: true, scenario: meant }))).toEqual([]);
});

it('the image has the libraries that ldd names', () => {
  const text =
    '\tlinux-vdso.so.1 (0x00007f)\n\tlibm.so.6 => /lib/libm.so.6 (0x00007f)\n\t/lib64/ld.so.2 (0x00007f)\n';
  expect(librariesIn(text)).toEqual(['/lib/libm.so.6', '/lib64/ld.so.2']);
});

it('a version is told to its application by the image', () => {
  expect(dockerfile('octohost/node:1', 7, { ON_SIGTERM: 'drop' }).split('\n')).toEqual(
    expect.arrayContaining(['FROM octohost/node:1', 'ENV ON_SIGTERM=drop', 'ENV VERSION=7']),
  );
});

it('each scenario has its share of the time that is left', () => {
  const all = [30, 60, 10].map((seconds) => ({ ...outcome().scenario, seconds }));
  expect(all.map((one) => shareOf(one, all))).toEqual([0.3, 60 / 70, 1]);
});
