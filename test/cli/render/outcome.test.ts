import { describe, expect, it } from 'vitest';
import { outcomeLines, stepTimes } from '../../../cli/render/outcome.ts';
import { parseSiteName } from '../../../core/index.ts';

const steps = [
  { step: 'build', milliseconds: 4_200 },
  { step: 'start', milliseconds: 1_000 },
];

describe('outcomeLines', () => {
  it("names the release, each step's time and all addresses", () => {
    const facts = {
      site: parseSiteName('app'),
      release: 3,
      urls: ['http://a', 'http://b'],
      steps,
      retiring: 1,
    };
    expect(outcomeLines(facts)).toEqual([
      'Release 3 of app is current: build 4.2 s, start 1.0 s; 5.2 s in all.',
      'Your site is available at:',
      '  http://a',
      '  http://b',
    ]);
  });

  it('says why there is no address where there is none, and what gives one', () => {
    expect(
      outcomeLines({ site: parseSiteName('app'), release: 1, urls: [], steps, retiring: 0 })[1],
    ).toContain('octo config:set app/OCTO_PORT <port>');
  });
});

it('has nothing to say of steps that did not run', () => {
  expect(stepTimes([])).toBe('0 ms in all');
});
