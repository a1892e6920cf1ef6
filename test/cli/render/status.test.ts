import { expect, it } from 'vitest';
import { statusSummary } from '../../../cli/render/status.ts';
import { parseSiteName } from '../../../core/index.ts';

const site = (name: string, state: 'up' | 'degraded' | 'down' | 'stopped') => ({
  site: parseSiteName(name),
  state,
});

it('says in one line how many sites are OK, and names those that are not', () => {
  expect(statusSummary([site('a', 'up'), site('b', 'up')])).toBe('2 of 2 OK');
  expect(statusSummary([site('a', 'down'), site('b', 'up'), site('c', 'degraded'), site('d', 'down')])).toBe(
    '1 of 4 OK; DOWN: a, d; degraded: c',
  );
  expect(statusSummary([site('a', 'stopped')])).toBe('0 of 1 OK');
});
