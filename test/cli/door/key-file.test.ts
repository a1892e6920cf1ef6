import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeyBlock, renderKeyFile, shadowedKeys } from '../../../cli/door/key-file.ts';
import { type AccessKey, everySite, parseKeyName } from '../../../core/index.ts';

/** A key whose inside is this byte, 32 times. */
function key(name: string, byte: number): AccessKey {
  const head = Buffer.from('AAAAC3NzaC1lZDI1NTE5AAAAIA==', 'base64').subarray(0, 19);
  const base64 = Buffer.concat([head, Buffer.alloc(32, byte)]).toString('base64');
  return {
    name: parseKeyName(name),
    type: 'ssh-ed25519',
    base64,
    comment: '"\u2028 anything',
    fingerprint: '',
    right: 'admin',
    sites: [everySite],
    addedAt: '',
    addedBy: '',
  };
}

const block = (keys: readonly AccessKey[], installation = 'abcd1234'): KeyBlock => ({
  installation,
  octo: '/opt/octo host/octo',
  configFile: '/etc/octohost/Zoë.config.ts',
  keys,
});
const render = (before: string | Buffer, keys: readonly AccessKey[], installation?: string) =>
  renderKeyFile(Buffer.from(before as string), block(keys, installation), '/x/authorized_keys');
const alice = key('alice', 1);
const bob = key('bob', 2);

describe('authorized_keys', () => {
  it('has a line of octohost’s own between two comments', () => {
    expect(render('', [alice]).toString()).toBe(
      [
        '# octohost abcd1234 keys begin: octo keys:add and keys:remove write these lines',
        `command="exec '/opt/octo host/octo' door:serve --config '/etc/octohost/Zoë.config.ts' --key alice",restrict ssh-ed25519 ${alice.base64} alice`,
        '# octohost abcd1234 keys end',
        '',
      ].join('\n'),
    );
  });

  it('lets in whom an authority has certified under the name, and not its key', () => {
    const [, line] = render('', [{ ...alice, authority: true }])
      .toString()
      .split('\n');
    expect(line).toBe(
      `cert-authority,principals="alice",command="exec '/opt/octo host/octo' door:serve --config '/etc/octohost/Zoë.config.ts' --key alice",restrict ssh-ed25519 ${alice.base64} alice`,
    );
  });

  it.each([
    { what: 'nothing', others: '' },
    { what: 'a line', others: 'ssh-ed25519 AAAA me\n' },
    { what: 'a line without its newline', others: 'ssh-ed25519 AAAA me' },
    { what: 'CRLF', others: '# mine\r\nssh-ed25519 AAAA me\r\n' },
    { what: 'blank lines', others: '\n\n\n' },
    { what: 'the block of another installation', others: render('', [bob], '99990000').toString() },
  ])('keeps $what beside it, byte for byte', ({ others }) => {
    const added = render(others, [alice]);
    expect(added.toString().endsWith(others)).toBe(true);
    expect(render(added, [bob, alice]).toString().endsWith(others)).toBe(true);
    expect(render(added, []).toString()).toBe(others);
  });

  it('keeps bytes that are no UTF-8', () => {
    const others = Buffer.from([0xff, 0x00, 0xc3, 0x0a]);
    const after = render(others, [alice]);
    expect(after.subarray(-4)).toEqual(others);
  });

  it('keeps the block where it stands, and what somebody put around it', () => {
    const file = `above\n${render('', [alice]).toString()}below\n`;
    const after = render(file, [bob]).toString();
    expect(after).toMatch(/^above\n# octohost abcd1234 keys begin[\s\S]*--key bob[\s\S]*keys end\nbelow\n$/);
    expect(after).not.toContain('--key alice');
  });

  it('is not changed by writing the same again', () => {
    const once = render('other\n', [alice, bob]);
    expect(render(once, [alice, bob])).toEqual(once);
  });

  it('has one block where somebody doubled it', () => {
    const one = render('', [alice]).toString();
    expect(render(`${one}x\n${one}y\n`, [bob]).toString()).toBe(`${render('', [bob]).toString()}x\ny\n`);
  });

  it('ends with a newline behind the block, even where somebody took it away', () => {
    const cut = render('', [alice]).toString().trimEnd();
    expect(render(cut, [bob]).toString()).toBe(render('', [bob]).toString());
  });

  const begin = '# octohost abcd1234 keys begin';
  const end = '# octohost abcd1234 keys end';
  it.each([
    { file: `x\n${begin}\ny\n`, line: 2 },
    { file: `${end}\n`, line: 1 },
    { file: `${begin}\n${begin}\n${end}\n`, line: 2 },
    { file: `${begin}\n${end}\n${end}\n`, line: 3 },
  ])('with marks that do not match is refused, at line $line of $file', ({ file, line }) => {
    expect(() => render(file, [alice])).toThrow(
      expect.objectContaining({ code: 'E_KEY_MARKERS', message: expect.stringContaining(`Line ${line} of`) }),
    );
  });

  it('loses no line of anybody else’s, and keeps none of its own that is not asked for', () => {
    const keys = fc
      .uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 4 })
      .map((numbers) => numbers.map((n) => key(`k${n}`, n)));
    const foreign = fc.oneof(
      fc.constantFrom(
        '',
        '\n',
        'ssh-rsa AAAA x\n',
        '# octohost keys begin\n',
        '# octohost ffff0000 keys end\n',
        '\r\n',
        begin.slice(0, 20),
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(foreign, foreign, keys, keys, (above, below, first, second) => {
        fc.pre(!above.includes(begin) && !below.includes(begin) && (above === '' || above.endsWith('\n')));
        const with1 = `${above}${render('', first).toString()}${below}`;
        const with2 = render(with1, second).toString();
        if (first.length > 0) expect(with2).toBe(`${above}${render('', second).toString()}${below}`);
        const lines = with2.split('\n').filter((line) => line.includes('door:serve'));
        expect(lines).toEqual(second.map(({ name }) => expect.stringContaining(` --key ${name}",restrict `)));
        expect(render(with2, []).toString()).toBe(`${above}${below}`);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a key of octohost’s in a line before its own', () => {
  const written = render('', [alice, bob]).toString();
  const shadowed = (text: string) => shadowedKeys(Buffer.from(text), block([alice, bob]));

  it('is found with the number of that line', () => {
    const own = `ssh-ed25519 ${bob.base64} bob@laptop\n`;
    expect(shadowed(`# mine\n${own}${written}`)).toEqual([{ name: 'bob', line: 2 }]);
    expect(shadowed(`no-pty\t${own}${written}`)).toEqual([{ name: 'bob', line: 1 }]);
  });

  it('is none where sshd comes to octohost’s first, or the line is no key', () => {
    const own = `ssh-ed25519 ${bob.base64} bob@laptop\n`;
    expect(shadowed(`${written}${own}`)).toEqual([]);
    expect(shadowed(` # ${own}ssh-ed25519 AAAA ${bob.base64}x\n${written}`)).toEqual([]);
    expect(shadowed(own)).toEqual([]);
  });
});
