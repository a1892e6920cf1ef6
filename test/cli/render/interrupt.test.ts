import { expect, it } from 'vitest';
import { runningLines, underway } from '../../../cli/render/interrupt.ts';
import { parseSiteName } from '../../../core/index.ts';

const app = parseSiteName('app');

it('says of an operation without a deploy that it ends', () => {
  expect(underway().said()).toBe('Interrupted: ending cleanly. Once more ends it at once.');
});

it('says what becomes of a deploy: taken back before its switch, finished after', () => {
  const { reporter, said } = underway();
  reporter.deploy(app, 'mhx1');
  reporter.begin(app, 'build');
  expect(said()).toBe(
    'Interrupted: ending cleanly. The deploy mhx1 of app is taken back, and what served serves on. ' +
      'Once more ends it at once, and what it leaves octo converge takes away.',
  );
  reporter.begin(app, 'apply');
  expect(said()).toContain('The deploy mhx1 of app has become current: its routes are applied first.');
  reporter.end(app, 'apply', 1);
  expect(said()).toContain('The deploy mhx1 of app is current and serves;');
});

it("says of somebody else's deploy what the command told it", () => {
  const { others, said } = underway();
  others.push('The deploy mhx1 of app is left alone.');
  expect(said()).toBe(
    'Interrupted: ending cleanly. The deploy mhx1 of app is left alone. Once more ends it at once.',
  );
});

it('names the deploys that run', () => {
  const one = { site: app, reason: 'deploy', actor: 'ann', since: '', pid: 1, host: 'h' } as const;
  expect(
    runningLines([
      { ...one, deploy: 'a', phase: 'current', alive: true },
      { ...one, deploy: 'b', phase: 'killed', alive: false },
      { ...one, deploy: 'c', phase: 'running', alive: true },
    ]),
  ).toEqual([
    'The deploy c of app runs, whatever becomes of who began it: octo attach app shows it, octo cancel app stops it.',
  ]);
});
