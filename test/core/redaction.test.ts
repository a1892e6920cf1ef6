import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OctohostError } from '../../core/errors.ts';
import { createRedactor, redact, secretsOf } from '../../core/redaction.ts';

const environment = {
  API_TOKEN: 'abcdef123456',
  DATABASE_URL: 'postgres://app:hunter22@db/app',
  MODE: 'production',
  SHORT_KEY: 'abc',
  MONGO: 'mongodb://user:correct-horse@db',
  SIGNING_KEY: '-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----',
};
const shown = (text: string) => redact(text, secretsOf(environment));

it.each([
  ['token is abcdef123456!', 'token is [hidden]!'],
  ['cannot reach postgres://app:hunter22@db/app', 'cannot reach [hidden]'],
  ['login app with hunter22 refused', 'login app with [hidden] refused'],
  ['mode is production', 'mode is production'],
  ['abc', 'abc'],
  ['connecting as user correct-horse', 'connecting as user [hidden]'],
  ['bad key MIIEvQIBADAN', 'bad key [hidden]'],
])('%s is shown as %s', (text, expected) => {
  expect(shown(text)).toBe(expected);
});

describe('what was marked as secret', () => {
  const told = (value: string, text: string) => {
    const redactor = createRedactor();
    redactor.hide(value);
    return redactor.redact(text);
  };

  it.each([
    { value: '12345678', text: 'it is 12345678', shown: 'it is [hidden]' },
    { value: '1234567', text: 'it is 1234567', shown: 'it is 1234567' },
    { value: '        ', text: 'a         b', shown: 'a         b' },
    { value: 'line one here\nline two here', text: 'only line two here', shown: 'only [hidden]' },
    { value: 'a "quoted" one', text: '{"a":"a \\"quoted\\" one"}', shown: '{"a":"[hidden]"}' },
    { value: 'amqp://me:pass-word@host', text: 'pass-word is wrong', shown: '[hidden] is wrong' },
    { value: 'regular.+[expression', text: 'regular.+[expression', shown: '[hidden]' },
  ])('$value is $shown', ({ value, text, shown: expected }) => {
    expect(told(value, text)).toBe(expected);
  });

  it('leaves no secret behind, whichever there are and however they overlap', () => {
    const values = fc.array(fc.string({ minLength: 8, maxLength: 12, unit: fc.constantFrom('a', 'b') }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(values, fc.string(), (secrets, around) => {
        const redactor = createRedactor();
        for (const value of secrets) redactor.hide(value);
        const text = redactor.redact(secrets.map((value) => `${around}!${value}!`).join(''));
        for (const value of secrets) expect(text).not.toContain(`!${value}!`);
      }),
    );
  });

  it('goes out of an error, its lines, its hint, its stack and its causes, and the error stays what it is', () => {
    const redactor = createRedactor();
    redactor.hide('12345678');
    const cause = new AggregateError([new Error('first 12345678')], 'all 12345678');
    cause.cause = cause;
    const error = new OctohostError(
      'E_X',
      { message: 'no 12345678', hint: 'try 12345678', details: ['line 12345678'] },
      { cause },
    );
    expect(redactor.redactError(error)).toBe(error);
    const texts = [error.message, error.hint, ...error.details, error.stack, cause.message, cause.stack];
    texts.push(...cause.errors.map(String));
    expect(texts.join()).not.toContain('12345678');
    expect(error).toMatchObject({ code: 'E_X', message: 'no [hidden]', details: ['line [hidden]'] });
    expect(redactor.redactError('12345678 thrown as it is')).toBe('[hidden] thrown as it is');
  });
});
