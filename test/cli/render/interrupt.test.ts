import { expect, it } from 'vitest';
import { underway } from '../../../cli/render/interrupt.ts';
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
});
