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
  ])('$patterns sends $path: $sent', ({ patterns, path, sent }) => {
    expect(includesOf(patterns, [])(path)).toBe(sent);
  });

  it('never leaves out the Dockerfile and itself', () => {
    const includes = includesOf('*', ['Dockerfile', '.dockerignore']);
    expect(['Dockerfile', '.dockerignore', 'other'].filter(includes)).toEqual([
      'Dockerfile',
      '.dockerignore',
    ]);
  });
});
