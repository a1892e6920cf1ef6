import { describe, expect, it } from 'vitest';
import { buildError } from '../../../plugins/dockerfile-builder/failure.ts';

const text = 'FROM x\n\nFOO bar';
const failed = (words: string) =>
  buildError({ site: 'app', file: 'Dockerfile', text, words, lines: ['last line'] });

describe('A failed build', () => {
  it.each([
    'failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 3: unknown instruction: FOO',
    'dockerfile parse error line 3: unknown instruction: FOO',
    'dockerfile parse error on line 3: unknown instruction: FOO',
  ])('names the line of a Dockerfile that cannot be read: %s', (words) => {
    const { code, message, details } = failed(words);
    expect({ code, message, details }).toEqual({
      code: 'E_DOCKERFILE',
      message: 'The Dockerfile cannot be used (line 3): unknown instruction: FOO',
      details: ['3: FOO bar'],
    });
  });

  it.each([
    'failed to solve with frontend dockerfile.v0: failed to create LLB definition: file with no instructions',
    'failed to create LLB definition: the Dockerfile cannot be empty',
    'the Dockerfile (Dockerfile) cannot be empty',
    'no build stage in current context',
  ])('blames the Dockerfile for: %s', (words) => {
    expect(failed(words).code).toBe('E_DOCKERFILE');
  });

  it('of a step tells the words and the last lines', () => {
    const error = failed('executor failed running [/bin/sh -c false]: exit code: 1');
    expect({ code: error.code, details: error.details }).toEqual({
      code: 'E_BUILD_FAILED',
      details: ['last line'],
    });
    expect(error.message).toContain('exit code: 1');
  });
});
