import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createKeys,
  digestOf,
  joined,
  open,
  readKeys,
  rotated,
  seal,
  sealedBy,
  writeKeys,
} from '../../core/sealing.ts';

const keys = createKeys();
const place = { site: 'app', name: 'TOKEN' };
const texts = fc.string({ unit: 'grapheme', maxLength: 300 });
const all = () => true;
const none = () => false;

describe('a sealed value', () => {
  it('opens to every byte of what was sealed, and shows nothing of it', () => {
    fc.assert(
      fc.property(texts, fc.string(), fc.string(), (value, site, name) => {
        const text = seal(keys, { site, name }, value);
        expect(open(keys, { site, name }, text)).toEqual({ value: value.toWellFormed() });
        expect(sealedBy(text)).toBe(keys.current.id);
        if (value.length > 20) expect(text).not.toContain(value);
      }),
    );
  });

  it('is another text each time, so that equal secrets do not look alike', () => {
    expect(seal(keys, place, 'same')).not.toBe(seal(keys, place, 'same'));
  });

  it.each([
    { where: 'another site', other: { site: 'app-x', name: 'TOKEN' } },
    { where: 'another name', other: { site: 'app', name: 'TOKEN2' } },
    { where: 'a site and name that read the same', other: { site: 'appT', name: 'OKEN' } },
  ])('does not open at $where', ({ other }) => {
    expect(open(keys, other, seal(keys, place, 'x'))).toEqual({ unopened: 'changed' });
  });

  it('does not open once any byte of it was changed, added or cut off', () => {
    const text = seal(keys, place, 'a value of some length');
    const head = text.lastIndexOf(':') + 1;
    const bytes = Buffer.from(text.slice(head), 'base64');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const other = Buffer.from(bytes);
        other[at] = (other[at] as number) ^ change;
        const opened = open(keys, place, text.slice(0, head) + other.toString('base64'));
        expect(opened).toEqual({ unopened: 'changed' });
      }),
    );
    for (const other of [bytes.subarray(1), bytes.subarray(0, -1), Buffer.concat([bytes, bytes])])
      expect(open(keys, place, text.slice(0, head) + other.toString('base64'))).toEqual({
        unopened: 'changed',
      });
    expect(open(keys, place, `${text.slice(0, head)}AAAA`)).toEqual({ unopened: 'changed' });
  });

  it('does not open with the keys of another installation, and says that the key is missing', () => {
    expect(open(createKeys(), place, seal(keys, place, 'x'))).toEqual({ unopened: 'key' });
  });

  it.each(['', 'plain', 'octohost-secret:', 'octohost-secret:1:zz:AAAA', 'octohost-secret:2:00000000:AAAA'])(
    '%j is none',
    (text) => {
      expect(sealedBy(text)).toBeUndefined();
    },
  );
});

describe('keys', () => {
  it('open after a rotation what was sealed before, and seal with another one', () => {
    const after = rotated(keys, all);
    expect(open(after, place, seal(keys, place, 'x'))).toEqual({ value: 'x' });
    expect(sealedBy(seal(after, place, 'x'))).not.toBe(keys.current.id);
  });

  it('forget a former key that nothing needs, but never the one of just now', () => {
    const twice = rotated(rotated(keys, none), none);
    expect([twice.current, ...twice.former].map(({ id }) => id)).not.toContain(keys.current.id);
    expect(twice.former).toHaveLength(1);
    expect(rotated(rotated(keys, none), all).former.map(({ id }) => id)).toContain(keys.current.id);
  });

  it('have equal digests for equal secrets, before and after a rotation, and only at one place', () => {
    const digest = digestOf(keys, place, '1234');
    expect(digestOf(rotated(keys, none), place, '1234')).toBe(digest);
    expect(digestOf(keys, place, '1235')).not.toBe(digest);
    expect(digestOf(keys, { ...place, site: 'other' }, '1234')).not.toBe(digest);
    expect(digestOf(createKeys(), place, '1234')).not.toBe(digest);
  });

  it('of two hosts open what either has sealed', () => {
    const others = createKeys();
    const both = joined(keys, others);
    for (const one of [keys, others])
      expect(open(both, place, seal(one, place, 'x'))).toEqual({ value: 'x' });
    expect(both.current).toBe(keys.current);
    expect(joined(both, others)).toEqual(both);
  });

  it('have no id of digits alone, which JSON would put before all others', () => {
    const ids = Array.from({ length: 1000 }, () => createKeys().current.id);
    expect(ids.filter((id) => !/^(?=.*[a-f])[0-9a-f]{8}$/.test(id))).toEqual([]);
  });

  it('are read from their file as they were written', () => {
    const some = rotated(rotated(keys, all), all);
    expect(readKeys(writeKeys(some))).toEqual(some);
  });

  const written = JSON.parse(writeKeys(keys)) as { digest: string; current: string; keys: object };
  it.each([
    { what: 'nothing', text: '' },
    { what: 'null', text: 'null' },
    { what: 'half of it', text: writeKeys(keys).slice(0, 60) },
    { what: 'a key that is too short', text: JSON.stringify({ ...written, digest: 'AAAA' }) },
    { what: 'no current key', text: JSON.stringify({ ...written, current: '00000000' }) },
    { what: 'a broken key', text: JSON.stringify({ ...written, keys: { ...written.keys, '0a0a0a0a': '' } }) },
  ])('are not read from $what', ({ text }) => {
    expect(readKeys(text)).toBeUndefined();
  });
});
