import { describe, expect, it } from 'vitest';
import { plain, styleFor } from '../../../cli/render/style.ts';

describe('styleFor', () => {
  it('paints on a terminal', () => {
    expect(styleFor({ isTerminal: true }, {}).red('x')).toBe('\u001b[31mx\u001b[39m');
  });

  it.each([
    { why: 'in a pipe', isTerminal: false, environment: {} },
    { why: 'with NO_COLOR', isTerminal: true, environment: { NO_COLOR: '1' } },
    { why: 'on a dumb terminal', isTerminal: true, environment: { TERM: 'dumb' } },
  ])('does not paint $why', ({ isTerminal, environment }) => {
    expect(styleFor({ isTerminal }, environment)).toBe(plain);
  });
});
