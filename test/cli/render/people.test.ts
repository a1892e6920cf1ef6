import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPeopleReporter } from '../../../cli/render/people.ts';
import { parseSiteName } from '../../../core/index.ts';

const app = parseSiteName('app');
const web = parseSiteName('web');

describe('the reporter for people', () => {
  let lines: string[];
  const reporterFor = (...sites: string[]) =>
    createPeopleReporter({ write: (line) => void lines.push(line), sites });
  beforeEach(() => {
    lines = [];
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells a step, its output, a warning and its time, one full line each', () => {
    const reporter = reporterFor('app');
    reporter.begin(app, 'build');
    reporter.output(app, 'Step 1/2 : FROM scratch\r');
    reporter.warn(app, 'the image has no HEALTHCHECK');
    reporter.end(app, 'build', 4_200);
    reporter.close();
    expect(lines).toEqual([
      '-----> build',
      '       Step 1/2 : FROM scratch',
      ' !     warning: the image has no HEALTHCHECK',
      '       done in 4.2 s',
    ]);
  });

  it('names the site of each line where there are several, and only there', () => {
    const reporter = reporterFor('app', 'web');
    reporter.begin(app, 'build');
    reporter.begin(web, 'build');
    reporter.close();
    expect(lines).toEqual(['[app] -----> build', '[web] -----> build']);
  });

  it('says every ten seconds of silence what goes on, and since when', () => {
    const reporter = reporterFor('app');
    reporter.begin(app, 'build');
    vi.advanceTimersByTime(9_000);
    expect(lines).toHaveLength(1);
    vi.advanceTimersByTime(11_000);
    reporter.close();
    expect(lines.slice(1)).toEqual(['       … still building (10 s)', '       … still building (20 s)']);
  });

  it('counts the silence from the last line', () => {
    const reporter = reporterFor('app');
    reporter.begin(app, 'build');
    vi.advanceTimersByTime(8_000);
    reporter.output(app, 'a line');
    vi.advanceTimersByTime(8_000);
    reporter.close();
    expect(lines).toEqual(['-----> build', '       a line']);
  });

  it('between steps says that it waits: for another operation, say', () => {
    const reporter = reporterFor('app', 'web');
    reporter.output(app, 'waiting for deploy of app');
    vi.advanceTimersByTime(10_000);
    reporter.close();
    expect(lines).toEqual(['[app]        waiting for deploy of app', '       … still waiting']);
  });

  it('keeps no timer once it is closed', () => {
    const reporter = reporterFor('app');
    reporter.begin(app, 'build');
    reporter.close();
    vi.advanceTimersByTime(60_000);
    expect(lines).toEqual(['-----> build']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
