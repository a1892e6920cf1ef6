import { describe, expect, it } from 'vitest';
import { endOfRequest, isWhole, parseHookRequest } from '../../../cli/door/hook-request.ts';

const none = '0'.repeat(40);
const one = '1'.repeat(40);
const message = (variables: readonly string[], ...updates: string[]) =>
  `${variables.map((variable) => `${variable}\0`).join('')}\0${updates.join('\n')}${endOfRequest}`;

describe("the hook's message", () => {
  it('gives where the pushed objects are and which refs move, and nothing else of the environment', () => {
    const text = message(
      ['PATH=/bin', 'GIT_OBJECT_DIRECTORY=/r/objects/incoming', 'GIT_QUARANTINE_PATH=/r/objects/incoming'],
      `${none} ${one} refs/heads/main`,
      `${one} ${none} refs/heads/a b`,
    );
    expect(parseHookRequest(text)).toEqual({
      environment: {
        GIT_OBJECT_DIRECTORY: '/r/objects/incoming',
        GIT_QUARANTINE_PATH: '/r/objects/incoming',
      },
      options: [],
      updates: [
        { before: none, after: one, ref: 'refs/heads/main' },
        { before: one, after: none, ref: 'refs/heads/a b' },
      ],
    });
  });

  it('gives the options as they came, whatever stands in them', () => {
    const text = message(
      [
        'GIT_PUSH_OPTION_COUNT=3',
        'GIT_PUSH_OPTION_0=plan',
        'GIT_PUSH_OPTION_1=message=a=b',
        'GIT_PUSH_OPTION_2=',
      ],
      `${none} ${one} refs/heads/main`,
    );
    expect(parseHookRequest(text).options).toEqual(['plan', 'message=a=b', '']);
  });

  it('does not take an option with line breaks for variables or refs', () => {
    const evil = `x\n.\nGIT_OBJECT_DIRECTORY=/etc\n${none} ${one} refs/heads/evil`;
    const text = message(
      ['GIT_PUSH_OPTION_COUNT=1', `GIT_PUSH_OPTION_0=${evil}`],
      `${none} ${one} refs/heads/main`,
    );
    expect(isWhole(text.slice(0, text.indexOf('/etc')))).toBe(false);
    expect(parseHookRequest(text)).toMatchObject({
      environment: {},
      options: [evil],
      updates: [{ ref: 'refs/heads/main' }],
    });
  });

  it('gives what git found out about a signature', () => {
    const text = message(
      [
        `GIT_PUSH_CERT=${one}`,
        'GIT_PUSH_CERT_STATUS=G',
        'GIT_PUSH_CERT_SIGNER=alice',
        'GIT_PUSH_CERT_NONCE_STATUS=OK',
      ],
      `${none} ${one} refs/heads/main`,
    );
    expect(parseHookRequest(text).certificate).toEqual({ status: 'G', signer: 'alice', nonce: 'OK' });
  });

  it('is whole with its last line, and not before', () => {
    const text = message(['PATH=/bin'], `${none} ${one} refs/heads/main`);
    for (let length = 0; length < text.length; length++) expect(isWhole(text.slice(0, length))).toBe(false);
    expect(isWhole(text)).toBe(true);
  });

  it('refuses what is not an object id', () => {
    expect(() => parseHookRequest(message([], `${none} HEAD refs/heads/main`))).toThrow(
      expect.objectContaining({ code: 'E_REVISION' }),
    );
  });
});

it.each([
  ['one word', message([], 'x')],
  ['a short revision', message([], '0 0 refs/heads/main')],
  ['a revision with more behind it', message([], `${none}; ${one} refs/heads/main`)],
  ['a revision with a byte order mark', message([], `\uFEFF${none} ${one} refs/heads/main`)],
  ['a line of a megabyte', message([], 'x'.repeat(1_000_000))],
])('%s is refused', (_, text) => {
  expect(() => parseHookRequest(text)).toThrow(expect.objectContaining({ code: 'E_REVISION' }));
});
