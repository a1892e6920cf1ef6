import { describe, expect, it } from 'vitest';
import { syntaxOf, withoutSyntax } from '../../../plugins/dockerfile-builder/directives.ts';

describe('The front end of a Dockerfile', () => {
  it.each([
    { text: '# syntax=docker/dockerfile:1\nFROM x', is: 'docker/dockerfile:1' },
    { text: '#SYNTAX = a/b@sha256:1 \r\nFROM x', is: 'a/b@sha256:1' },
    { text: '# escape=`\n# syntax=a\nFROM x', is: 'a' },
    { text: '\uFEFF# syntax=a\nFROM x', is: 'a' },
    { text: '# a comment\n# syntax=a\nFROM x', is: undefined },
    { text: 'FROM x\n# syntax=a', is: undefined },
  ])('of $text is $is', ({ text, is }) => {
    expect(syntaxOf(text)).toBe(is);
  });

  it('goes away without moving another line, and other directives stay directives', () => {
    expect(withoutSyntax('# syntax=a\n# escape=`\nFROM x\nRUN y')).toBe('# escape=`\n#\nFROM x\nRUN y');
  });

  it('that is none leaves the Dockerfile as it is', () => {
    expect(withoutSyntax('FROM x\n# syntax=a\n')).toBe('FROM x\n# syntax=a\n');
  });
});
