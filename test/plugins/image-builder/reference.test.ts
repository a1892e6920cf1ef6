import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../plugins/image-builder/reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('An image reference', () => {
  it.each([
    { text: 'busybox', name: 'busybox:latest', pull: { fromImage: 'busybox', tag: 'latest' } },
    { text: 'team/app:1.2', name: 'team/app:1.2', pull: { fromImage: 'team/app', tag: '1.2' } },
    {
      text: 'reg.example.com:5000/a/b_c:V-1',
      name: 'reg.example.com:5000/a/b_c:V-1',
      pull: { fromImage: 'reg.example.com:5000/a/b_c', tag: 'V-1' },
    },
    {
      text: 'localhost:5000/app',
      name: 'localhost:5000/app:latest',
      pull: { fromImage: 'localhost:5000/app', tag: 'latest' },
    },
    { text: `app@${digest}`, name: `app@${digest}`, pull: { fromImage: 'app', tag: digest } },
    { text: `app:1@${digest}`, name: `app:1@${digest}`, pull: { fromImage: 'app', tag: digest } },
  ])('$text is pulled as $pull', ({ text, name, pull }) => {
    expect(parseReference(text)).toEqual({ kind: 'name', name, pull });
  });

  it('may be the id of a local image', () => {
    expect(parseReference(digest)).toEqual({ kind: 'id', name: digest });
  });

  it.each([
    '',
    '-v',
    '--all',
    'App',
    'a b',
    'a/../b',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a:-x',
    'a@sha256:1',
    'a?b=c',
    'http://a/b',
    'a\nb',
    `a${'b'.repeat(600)}`,
  ])('is not %j', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'E_IMAGE_REFERENCE' }));
  });
});
