import { describe, expect, it } from 'vitest';
import { isSameActor, signedActor } from '../../core/actor.ts';

describe('two actors', () => {
  it.each([
    ['key alice', 'key alice', true],
    ['key alice', signedActor('key alice', 'alice'), true],
    [signedActor('key ci', 'alice'), 'key alice', true],
    [signedActor('key ci', 'alice'), signedActor('key bob', 'alice'), true],
    [signedActor('key ci', 'alice'), 'key bob', false],
    ['key alice', 'key alice2', false],
    ['root on host1', 'key root', false],
  ])('%s and %s are one: %s', (one, other, same) => {
    expect(isSameActor(one, other)).toBe(same);
    expect(isSameActor(other, one)).toBe(same);
  });
});
