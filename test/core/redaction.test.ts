import { expect, it } from 'vitest';
import { redact, secretsOf } from '../../core/redaction.ts';

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
