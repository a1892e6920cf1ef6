import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AuditEntry,
  audited,
  brokenAt,
  hashAfter,
  type KeptEntry,
  noHash,
} from '../../../cli/audit/entry.ts';

const entry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  actor: 'key alice',
  fingerprint: 'SHA256:x',
  door: 'ssh',
  command: 'push',
  sites: ['app'],
  what: ['deploy'],
  result: 'done',
  ...more,
});

function chained(entries: readonly AuditEntry[]): KeptEntry[] {
  let hash = noHash;
  return entries.map((one, index) => {
    const text = JSON.stringify(one);
    hash = hashAfter(hash, text);
    return { number: index + 1, text, hash };
  });
}

describe('the chain of the audit log', () => {
  const log = chained([entry(), entry({ command: 'stop' }), entry({ result: 'E_KEY_RIGHTS' }), entry()]);

  it('is whole as it was written, and empty', () => {
    expect(brokenAt(log)).toBeUndefined();
    expect(brokenAt([])).toBeUndefined();
    expect(brokenAt(log.slice(0, 2))).toBeUndefined();
  });

  it('shows an entry that is changed, left out, put between or put elsewhere', () => {
    const [one, two, three, four] = log as [KeptEntry, KeptEntry, KeptEntry, KeptEntry];
    expect(brokenAt([one, { ...two, text: two.text.replace('stop', 'start') }, three, four])).toBe(2);
    expect(brokenAt([one, three, four])).toBe(3);
    expect(brokenAt([two, three, four])).toBe(2);
    expect(brokenAt([one, three, two, four])).toBe(3);
    const forged = { ...two, text: '{}', hash: hashAfter(one.hash, '{}') };
    expect(brokenAt([one, forged, three, four])).toBe(3);
  });

  it('shows every change of any letter', () => {
    fc.assert(
      fc.property(fc.nat(log.length - 1), fc.nat(), fc.constantFrom('x', '"', ' '), (at, position, sign) => {
        const { text } = log[at] as KeptEntry;
        const place = position % text.length;
        const other = text.slice(0, place) + sign + text.slice(place + 1);
        fc.pre(other !== text);
        expect(brokenAt(log.map((one, index) => (index === at ? { ...one, text: other } : one)))).toBe(
          at + 1,
        );
      }),
    );
  });
});

describe('a command in the audit log', () => {
  it('is its beginning and its end together', () => {
    const begun = entry({ result: 'begun' });
    const ended = entry({ at: '2026-01-01T00:00:09.000Z', what: ['deploy', 'more'], of: 1 });
    const log = chained([begun, entry({ command: 'stop' }), ended]);
    expect(audited(log)).toEqual([
      {
        ...entry({ what: ['deploy', 'more'] }),
        number: 1,
        hash: log[2]?.hash,
        endedAt: '2026-01-01T00:00:09.000Z',
      },
      { ...entry({ command: 'stop' }), number: 2, hash: log[1]?.hash, endedAt: entry().at },
    ]);
  });

  it('that was killed has only begun', () => {
    const [one] = audited(chained([entry({ result: 'begun' })]));
    expect(one).toMatchObject({ result: 'begun' });
    expect(one).not.toHaveProperty('endedAt');
  });
});
