import { describe, expect, it } from 'vitest';
import { nearestCommands } from '../../cli/nearest-commands.ts';

const ids = ['sites', 'config', 'config:set', 'config:get', 'retire:finish'];

describe('nearestCommands', () => {
  it.each([
    { typed: 'sties', nearest: ['sites'] },
    { typed: 'confg app', nearest: ['config'] },
    { typed: 'config:sett app', nearest: ['config:set'] },
    { typed: 'confg set app', nearest: ['config:set', 'config'] },
    { typed: 'kubernetes', nearest: [] },
  ])('offers $nearest for $typed', ({ typed, nearest }) => {
    expect(nearestCommands(typed.split(' '), ids)).toEqual(nearest);
  });
});
