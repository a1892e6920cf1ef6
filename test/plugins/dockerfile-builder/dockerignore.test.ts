import { describe, expect, it } from 'vitest';
import { includesOf } from '../../../plugins/dockerfile-builder/dockerignore.ts';

describe('.dockerignore', () => {
  it.each([
    { patterns: 'node_modules', path: 'node_modules/a/b', sent: false },
    { patterns: 'node_modules', path: 'src/node_modules', sent: true },
    { patterns: '/dist/', path: 'dist/x', sent: false },
    { patterns: '**/*.log', path: 'a/b/c.log', sent: false },
    { patterns: '*.log', path: 'a/c.log', sent: true },
    { patterns: '*\n!src', path: 'src/deep/file', sent: true },
    { patterns: '*\n!src', path: 'other', sent: false },
    { patterns: '*.md\n!README.md', path: 'README.md', sent: true },
    { patterns: '!README.md\n*.md', path: 'README.md', sent: false },
    { patterns: 'a\n!a/b\na/b/c', path: 'a/b/d', sent: true },
    { patterns: 'a\n!a/b\na/b/c', path: 'a/b/c', sent: false },
    { patterns: '# x\n\n  y  ', path: 'y', sent: false },
    { patterns: 'README', path: 'readme', sent: true },
    { patterns: '**', path: 'a/b', sent: false },
    { patterns: '**/node_modules', path: 'a/b/node_modules/c', sent: false },
    { patterns: '**/node_modules', path: 'node_modules', sent: false },
    { patterns: 'a/**/z', path: 'a/z', sent: false },
    { patterns: 'a/**/z', path: 'a/b/c/z/d', sent: false },
    { patterns: 'a/**/z', path: 'b/a/z', sent: true },
    { patterns: 'a/**', path: 'a/b/c', sent: false },
    { patterns: 'a?c', path: 'abc', sent: false },
    { patterns: 'a?c', path: 'a/c', sent: true },
    { patterns: '*/x', path: 'a/x/deep', sent: false },
    { patterns: '*/x', path: 'a/b/x', sent: true },
    { patterns: 'v[0-9]', path: 'v7', sent: false },
    { patterns: 'v[^0-9]', path: 'v7', sent: true },
    { patterns: 'v[]a]', path: 'v]', sent: false },
    { patterns: 'v[', path: 'v[', sent: false },
    { patterns: 'a\\*b', path: 'a*b', sent: false },
    { patterns: 'a\\*b', path: 'axb', sent: true },
    { patterns: 'a+(b|c).{2}$', path: 'a+(b|c).{2}$', sent: false },
    { patterns: 'a.b', path: 'axb', sent: true },
    { patterns: './a//b/../c/', path: 'a/c/d', sent: false },
    { patterns: 'constructor', path: 'constructor', sent: false },
    { patterns: 'x', path: 'constructor', sent: true },
    { patterns: '[', path: 'a', sent: true },
    { patterns: '!\n/\n.', path: 'a', sent: true },
  ])('$patterns sends $path: $sent', ({ patterns, path, sent }) => {
    expect(includesOf('.dockerignore', patterns, [])(path)).toBe(sent);
  });

  it.each([
    '(a+)+b',
    '(a|a)*b',
    `${'*a'.repeat(200)}b`,
    `${'**/'.repeat(150)}b`,
    `${'**'.repeat(200)}b`,
    `${'?*'.repeat(200)}b`,
    '['.repeat(500),
    '\\'.repeat(501),
  ])('that would keep a regular expression busy is read at once: %.20s', (patterns) => {
    const includes = includesOf('.dockerignore', patterns, []);
    for (const path of ['a'.repeat(250), `${'a/'.repeat(120)}a`]) expect(includes(path)).toBe(true);
  });

  it('never leaves out the Dockerfile and itself', () => {
    const includes = includesOf('.dockerignore', '*', ['Dockerfile', '.dockerignore']);
    expect(['Dockerfile', '.dockerignore', 'other'].filter(includes)).toEqual([
      'Dockerfile',
      '.dockerignore',
    ]);
  });

  it.each([
    {
      what: 'a file',
      text: 'x\n'.repeat(40_000),
      says: /^The \.dockerignore cannot be used: it has 80000 bytes; at most 65536 are read\.$/,
    },
    {
      what: 'a list',
      text: `# all\n${'x\n'.repeat(1_001)}`,
      says: /\(line 1002\): it has more than 1000 patterns\.$/,
    },
    {
      what: 'a pattern',
      text: `x\n\n!${'y*'.repeat(257)}`,
      says: /\(line 3\): a pattern of 514 signs; 512 are the most\.$/,
    },
  ])('refuses $what that is too large, and names the line', ({ text, says }) => {
    expect(() => includesOf('.dockerignore', text, [])).toThrow(
      expect.objectContaining({ code: 'E_DOCKERIGNORE', message: expect.stringMatching(says) }),
    );
  });

  it('takes as much as is allowed', () => {
    const text = `${'# note\n'.repeat(2_000)}${`${'y'.repeat(40)}\n`.repeat(999)}${'z'.repeat(512)}`;
    expect(includesOf('.dockerignore', text, [])('z'.repeat(512))).toBe(false);
  });
});
