import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../core/nearest.ts';

describe('editDistance', () => {
  it.each([
    { a: '', b: 'abc', distance: 3 },
    { a: 'abc', b: 'abc', distance: 0 },
    { a: 'sties', b: 'sites', distance: 1 },
    { a: 'kitten', b: 'sitting', distance: 3 },
  ])('of $a and $b is $distance', ({ a, b, distance }) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('the nearest word', () => {
  it.each([
    { word: 'instnces', found: 'instances' },
    { word: 'Instances', found: 'instances' },
    { word: 'check.timout', found: 'check.timeout' },
    { word: 'colour', found: undefined },
    { word: 'instances'.repeat(10_000), found: undefined },
  ])('to $word is $found', ({ word, found }) => {
    expect(nearest(word, ['instances', 'memory', 'check.timeout'])).toBe(found);
  });
});
