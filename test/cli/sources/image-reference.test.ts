import { describe, expect, it } from 'vitest';
import { parseImageReference } from '../../../cli/sources/image-reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('parseImageReference', () => {
  it.each([
    'app',
    'app:1.4',
    'library/app',
    'registry.example.com:5000/team/app:v1',
    `app@${digest}`,
    digest,
  ])('takes %s', (reference) => {
    expect(parseImageReference(reference)).toBe(reference);
  });

  it.each([
    '',
    '-rm',
    '--privileged',
    'a b',
    'app:',
    'app@sha256:short',
    'app;id',
    '../app',
    'a//b',
    '$(id)',
  ])('refuses %j', (reference) => {
    expect(() => parseImageReference(reference)).toThrow(expect.objectContaining({ code: 'E_SOURCE_IMAGE' }));
  });
});
