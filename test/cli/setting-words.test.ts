import { describe, expect, it } from 'vitest';
import { settingNames, settingValues } from '../../cli/setting-words.ts';

describe('settingValues', () => {
  it.each([
    { words: ['app/A', '1'], values: { A: '1' } },
    { words: ['app', 'A=1', 'B=x=y', 'C='], values: { A: '1', B: 'x=y', C: '' } },
    { words: ['app/URL', 'postgres://u:p@h/db?a=b'], values: { URL: 'postgres://u:p@h/db?a=b' } },
    { words: ['app', 'A=1', 'A=2'], values: { A: '2' } },
  ])('reads $words', ({ words: [target = '', ...rest], values }) => {
    expect(settingValues(target, rest)).toEqual({ site: 'app', values });
  });

  it.each([
    { words: ['app/A/B', '1'], code: 'E_SETTING_KEY' },
    { words: ['/A', '1'], code: 'E_SITE_NAME' },
    { words: ['app', '=1'], code: 'E_SETTING_KEY' },
    { words: ['app/', '1'], code: 'E_SETTING_KEY' },
  ])('refuses $words with $code', ({ words: [target = '', ...rest], code }) => {
    expect(() => settingValues(target, rest)).toThrow(expect.objectContaining({ code }));
  });
});

describe('settingNames', () => {
  it.each([
    { words: ['app/A'], keys: ['A'] },
    { words: ['app', 'A', 'B', 'A'], keys: ['A', 'B'] },
    { words: ['app/A', 'B'], keys: ['A', 'B'] },
  ])('reads $words', ({ words: [target = '', ...rest], keys }) => {
    expect(settingNames(target, rest)).toEqual({ site: 'app', keys });
  });
});
