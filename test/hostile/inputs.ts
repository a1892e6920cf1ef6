/** What somebody might send who means harm: words, texts and bytes, alone and within what is right. */
import * as fc from 'fast-check';

/** Each ran, escaped or confused something somewhere. */
const words = [
  '',
  ' ',
  '-',
  '--',
  '--upload-pack=touch',
  '-oProxyCommand=touch',
  '.',
  '..',
  '../..',
  '/',
  '//',
  '~',
  '~root',
  '$(touch harm)',
  '`touch harm`',
  '; touch harm;',
  '| touch harm',
  '&& touch harm',
  '\ntouch harm\n',
  '$IFS',
  '$'.concat('{PATH}'),
  '%00',
  '%2e%2e%2f',
  '%n%s',
  '\0',
  '\r',
  '\r\n',
  '\t',
  '\\',
  '\\\n',
  "'",
  '"',
  "'\\''",
  '{',
  '}',
  ';',
  '#',
  '*',
  '?',
  '[a-z]',
  '\uFEFF',
  '\u202E',
  '\u2028',
  '\u0130',
  '\u212A',
  '\uFF0F',
  '\u3002',
  '\uD800',
  '\u001b[2J',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'root',
  'git',
  'localhost',
  '127.0.0.1',
  '0.0.0.0',
  '::1',
  '/etc/passwd',
  '/var/run/docker.sock',
  '/proc/self/root',
  'file:///etc/passwd',
  'ext::sh -c touch',
  'http://169.254.169.254/',
  'include /etc/passwd;',
  'proxy_pass http://127.0.0.1;',
  '9999999999999999999999',
  '-1',
  '1e309',
  'NaN',
  '0x10',
  '٣',
];

/** What every door of texts has to bear, whatever it takes: size, depth, and what is no text. */
export const always: readonly string[] = [
  '',
  '\0',
  '\uFEFF',
  '\uFEFF\uFEFF',
  '\uD800',
  'x'.repeat(1_000_000),
  `x${' '.repeat(1_000_000)}x`,
  '-'.repeat(100_000),
  '.'.repeat(100_000),
  'a.'.repeat(100_000),
  '../'.repeat(30_000),
  '/'.repeat(100_000),
  '\n'.repeat(100_000),
  '\r'.repeat(100_000),
  "'".repeat(100_001),
  '"'.repeat(100_001),
  '\\'.repeat(100_001),
  '$'.repeat(100_000),
  '['.repeat(100_000),
  '{"a":'.repeat(50_000),
  `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  `a: &a [x]\n${'bcdefghij'
    .split('')
    .map((name, at) => `${name}: &${name} [${`*${'abcdefghij'[at]},`.repeat(9)}]`)
    .join('\n')}`,
];

export const hostileWord = fc.constantFrom(...words);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ maxLength: 30 }),
);
const long = fc
  .tuple(
    fc.constantFrom('a', '-', '.', 'a-', 'a.', '*', '/', ' ', '\\', '"', '[', 'é'),
    fc.integer({ min: 64, max: 5_000 }),
  )
  .map(([piece, times]) => piece.repeat(times));

/** Something that is no word of what is asked for. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: hostileWord },
  { weight: 3, arbitrary: anyText },
  { weight: 1, arbitrary: long },
);

/** What is right, with something hostile before, behind, between or in the place of a part of it. */
export function spoiled(...right: readonly string[]): fc.Arbitrary<string> {
  const [good, at] = [fc.constantFrom(...right), fc.nat(200)];
  return fc.oneof(
    { weight: 1, arbitrary: good },
    { weight: 6, arbitrary: fc.tuple(good, hostile, at, fc.nat(3)).map(spoil) },
    { weight: 2, arbitrary: fc.array(fc.oneof(good, hostile), { maxLength: 6 }).map((all) => all.join('')) },
    { weight: 1, arbitrary: hostile },
  );
}

function spoil([good, bad, at, dropped]: readonly [string, string, number, number]): string {
  const place = at % (good.length + 1);
  return good.slice(0, place) + bad + good.slice(place + dropped);
}

/** Lines of what is right and of what is not, with any line break. */
export function lines(line: fc.Arbitrary<string>, maxLength = 8): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom('\n', '\r\n', '\r', '\n\n'), fc.array(line, { maxLength }), fc.boolean())
    .map(([end, all, marked]) => (marked ? '\uFEFF' : '') + all.join(end));
}

/** Bytes of a text, some of which were changed, doubled or cut off. */
export function bytes(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(
      text,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      fc.option(fc.nat(), { freq: 4 }),
    )
    .map(([given, changes, cut]) => {
      const all = Buffer.from(given);
      if (all.length === 0) return all;
      for (const [at, byte] of changes) all[at % all.length] = byte;
      return cut === null ? all : all.subarray(0, cut % (all.length + 1));
    });
}
