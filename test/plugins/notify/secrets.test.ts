import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { errors } from '../../../plugins/notify/errors.ts';
import { notify } from '../../../plugins/notify/index.ts';
import { eventNames, schema } from '../../../plugins/notify/options.ts';
import {
  formsOfPassword,
  formsOfUrl,
  hidden,
  parseUrl,
  readSecret,
} from '../../../plugins/notify/secrets.ts';

describe('the address of a webhook', () => {
  it.each(['https://a.b/x', 'http://127.0.0.1:8080/x', 'http://localhost/x', 'http://[::1]:1/x'])(
    '%s is taken',
    (text) => expect(parseUrl(text, 'X').href).toBe(text),
  );

  it.each(['http://a.b/token-1', 'ftp://a.b/token-1', 'token-1', 'http://127.0.0.1.evil.org/token-1'])(
    '%s is refused, and not repeated',
    (text) => {
      expect(() => parseUrl(text, 'OCTO_NOTIFY_SLACK_URL')).toThrow(
        'OCTO_NOTIFY_SLACK_URL holds no https:// address.',
      );
    },
  );
});

describe('what is hidden', () => {
  it('is every part of an address that may be its token', () => {
    const url = new URL('https://hooks.example.com/services/T0001/B0002/abcdefghij?key=0123456789');
    const said = `POST ${url.href}: no /services/T0001/B0002/abcdefghij?key=0123456789, abcdefghij or 0123456789`;
    const shown = hidden(said, formsOfUrl(url));
    for (const part of ['abcdefghij', '0123456789']) expect(shown).not.toContain(part);
  });

  it('is a password in the forms in which SMTP sends it', () => {
    const forms = formsOfPassword('me', 'hunter2!');
    const login = Buffer.from('hunter2!').toString('base64');
    const plain = Buffer.from('\0me\0hunter2!').toString('base64');
    expect(hidden(`535 hunter2! ${login} ${plain}`, forms)).toBe('535 [hidden] [hidden] [hidden]');
  });
});

it('a secret that is nowhere is said with the place where it should be', async () => {
  await expect(readSecret(undefined, 'OCTO_X', {})).rejects.toThrow('OCTO_X is not set.');
  await expect(readSecret('/no/such/file', 'OCTO_X', { OCTO_X: 'x' })).rejects.toThrow(
    '/no/such/file cannot be read',
  );
  expect(await readSecret(undefined, 'OCTO_X', { OCTO_X: 'value' })).toBe('value');
});

const mail = { host: 'mail.example.com', from: 'octo@example.com', to: 'ops@example.com' };

it.each<[object, string]>([
  [{}, 'name whom to tell'],
  [{ events: [], slack: {} }, 'events'],
  [{ events: ['wrong'], slack: {} }, 'events.0'],
  [{ slack: { url: 'https://a.b' } }, 'slack'],
  [{ slack: { urlFile: 'relative' } }, 'slack.urlFile: is no absolute path'],
  [{ mail: { ...mail, to: 'a@b.c, d@e.f' } }, 'mail.to'],
  [{ mail: { ...mail, from: 'a@b.c\r\nBcc: x@y.z' } }, 'mail.from: is no mail address'],
  [{ mail: { ...mail, security: 'none', username: 'me' } }, 'would send the password in the clear'],
  [{ mail: { ...mail, password: 'x' } }, 'password'],
])('the options %j are refused', (options, words) => {
  expect(() => notify(options)).toThrow(words);
});

it('a server of this host may be spoken to in the clear, and one of another without a password', () => {
  notify({ mail: { ...mail, host: '127.0.0.1', security: 'none', username: 'me' } });
  notify({ mail: { ...mail, security: 'none' } });
});

it('the tables of the README have every option, event and error', async () => {
  const text = await readFile(new URL('../../../plugins/notify/README.md', import.meta.url), 'utf8');
  const server = ['host', 'port', 'security', 'from`, `to', 'username', 'passwordFile'];
  for (const name of [...Object.keys(schema.shape), ...server, ...Object.keys(errors)])
    expect(text).toContain(`| \`${name}\``);
  for (const event of eventNames) expect(text).toContain(`\`${event}\``);
});
