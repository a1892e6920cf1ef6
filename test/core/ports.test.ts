import { describe, expect, it } from 'vitest';
import { parseSiteName } from '../../core/grammar.ts';
import { choosePorts, isReserved, unusedPorts } from '../../core/ports.ts';

const range = { first: 10, last: 14, start: 13 };

describe('the choice of ports', () => {
  it('begins at the start and goes around the range', () => {
    expect(choosePorts(range, () => true, 4)).toEqual([13, 14, 10, 11]);
  });

  it('passes over what is taken', () => {
    expect(choosePorts(range, (port) => port !== 13 && port !== 10, 2)).toEqual([14, 11]);
  });

  it('gives fewer when the range is used up', () => {
    expect(choosePorts(range, (port) => port === 12, 2)).toEqual([12]);
  });
});

describe('a reservation', () => {
  const app = parseSiteName('app');
  const now = Date.parse('2026-01-01T12:00:00Z');

  it.each([
    { what: 'that is in use bars the port', reservation: { site: app, deploy: 'd' }, barred: true },
    {
      what: 'freed a minute ago bars it still',
      reservation: { site: app, deploy: 'd', freedAt: '2026-01-01T11:59:00Z' },
      barred: true,
    },
    {
      what: 'freed more than an hour ago does not',
      reservation: { site: app, deploy: 'd', freedAt: '2026-01-01T10:59:00Z' },
      barred: false,
    },
    { what: 'that never was does not', reservation: undefined, barred: false },
  ])('$what', ({ reservation, barred }) => {
    expect(isReserved(reservation, now)).toBe(barred);
  });

  it('that no instance uses is found, of this site alone', () => {
    const record = (site: typeof app, freedAt?: string) => ({
      record: { site, deploy: 'd', ...(freedAt ? { freedAt } : {}) },
      version: 1,
    });
    const known = new Map([
      [10, record(app)],
      [11, record(app)],
      [12, record(app, '2026-01-01T00:00:00Z')],
      [13, record(parseSiteName('app2'))],
    ]);
    expect(unusedPorts(app, known, new Set([10]))).toEqual([11]);
  });
});
