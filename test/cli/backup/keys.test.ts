/** Which access keys of a backup are let in. */
import { describe, expect, it } from 'vitest';
import { keysToBring } from '../../../cli/backup/keys.ts';
import { type AccessKey, everySite, isKeyName } from '../../../core/index.ts';

function blob(fill: number): string {
  const [name, value] = [Buffer.from('ssh-ed25519'), Buffer.alloc(32, fill)];
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  return Buffer.concat([field(name), field(value)]).toString('base64');
}

function key(name: string, fill: number, more: Partial<AccessKey> = {}): AccessKey {
  if (!isKeyName(name)) throw new Error(name);
  return {
    name,
    type: 'ssh-ed25519',
    base64: blob(fill),
    comment: '',
    fingerprint: 'SHA256:forged',
    right: 'deploy',
    sites: [everySite],
    addedAt: '',
    addedBy: '',
    ...more,
  };
}
const authority = { authority: true } as const;
const names = (wanted: AccessKey[], here: AccessKey[] = []) => {
  const { grants, left } = keysToBring(wanted, here);
  return { grants: grants.map(({ name }) => name), left: left.map(({ name }) => name) };
};

describe('a key of a backup', () => {
  it.each([
    { what: 'a new one', here: [], is: { grants: ['alice'], left: [] } },
    { what: 'one that is here', here: [key('alice', 1)], is: { grants: [], left: [] } },
    { what: 'one of another name here', here: [key('bob', 1)], is: { grants: [], left: ['alice'] } },
    { what: 'another one of its name here', here: [key('alice', 2)], is: { grants: [], left: ['alice'] } },
    {
      what: 'an authority of its name here',
      here: [key('alice', 1, authority)],
      is: { grants: [], left: ['alice'] },
    },
  ])('is let in where it is wanted: $what', ({ here, is }) => {
    expect(names([key('alice', 1)], here)).toEqual(is);
  });

  it('of an authority may have several names, here or in the backup', () => {
    const [team, ops] = [key('team', 1, authority), key('ops', 1, authority)];
    expect(names([team, ops])).toEqual({ grants: ['team', 'ops'], left: [] });
    expect(names([team, ops], [team])).toEqual({ grants: ['ops'], left: [] });
    expect(names([team, ops], [ops, team])).toEqual({ grants: [], left: [] });
    expect(names([key('alice', 1)], [team])).toEqual({ grants: [], left: ['alice'] });
  });

  it('is there once, whatever the backup says', () => {
    expect(names([key('alice', 1), key('bob', 1)])).toEqual({ grants: ['alice'], left: ['bob'] });
  });

  it.each([
    { what: 'no key at all', more: { base64: 'AAAA' } },
    { what: 'of a type that nobody takes', more: { type: 'ssh-dss' } },
    { what: 'with a comment of two lines', more: { comment: 'x\nssh-rsa AAAA' } },
  ])('that is $what stays out, and says why', ({ more }) => {
    const { grants, left } = keysToBring([key('alice', 1, more), key('bob', 2)], []);
    expect(grants.map(({ name }) => name)).toEqual(['bob']);
    expect(left).toEqual([{ name: 'alice', because: expect.stringMatching(/./) }]);
  });

  it('has the fingerprint that it has', () => {
    const [grant] = keysToBring([key('alice', 1)], []).grants;
    expect(grant?.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});
