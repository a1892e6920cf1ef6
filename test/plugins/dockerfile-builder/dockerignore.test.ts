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
    expect(includesOf(patterns, [])(path)).toBe(sent);
  });

  it.each([
    '(a+)+b',
    '(a|a)*b',
    `${'*a'.repeat(200)}b`,
    `${'**/'.repeat(200)}b`,
    `${'**'.repeat(300)}b`,
    `${'?*'.repeat(200)}b`,
    '['.repeat(1_000),
    '\\'.repeat(1_001),
  ])('that would keep a regular expression busy is read at once: %.20s', (patterns) => {
    const includes = includesOf(patterns, []);
    for (const path of ['a'.repeat(250), `${'a/'.repeat(120)}a`]) expect(includes(path)).toBe(true);
  });

  it('never leaves out the Dockerfile and itself', () => {
    const includes = includesOf('*', ['Dockerfile', '.dockerignore']);
    expect(['Dockerfile', '.dockerignore', 'other'].filter(includes)).toEqual([
      'Dockerfile',
      '.dockerignore',
    ]);
  });
});
