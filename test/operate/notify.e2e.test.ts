/** A push whose container ends, over real git, and the mail that a real SMTP server takes. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { command, done, type PrivateInstance, page, privateInstance } from '../helpers/private-instance.ts';

let host: PrivateInstance;
const mails: string[] = [];
const password = 'hunter2-hunter2';
const server = new SMTPServer({
  logger: false,
  hideSTARTTLS: true,
  allowInsecureAuth: true,
  onAuth: (auth, _session, answer) =>
    auth.password === password ? answer(null, { user: 'octo' }) : answer(new Error('who is this?')),
  onData(stream, _session, answer) {
    let text = '';
    stream.on('data', (piece) => {
      text += String(piece);
    });
    stream.on('end', () => {
      mails.push(withoutSoftBreaks(text));
      answer();
    });
  },
});

/** A quoted-printable text as it was before it was cut into lines of 76 characters: they may end anywhere in a word. */
function withoutSoftBreaks(text: string): string {
  return text.replaceAll('=\r\n', '');
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  host = await privateInstance();
  const folder = await host.folder({ password: `${password}\n` });
  const { port } = server.server.address() as AddressInfo;
  const mail = {
    host: '127.0.0.1',
    port,
    security: 'none',
    username: 'octo',
    passwordFile: join(folder, 'password'),
    from: 'octo@example.com',
    to: 'ops@example.com',
  };
  await host.configure('import ', `import { notify } from 'octohost/plugins/notify';\n`);
  await host.configure(
    'dockerfileBuilder()',
    `notify({ mail: ${JSON.stringify(mail)}, timeoutSeconds: 30 }), `,
  );
});
afterAll(async () => {
  await host?.dispose();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

it('a failed start is told by mail while the old release serves on; a server that is gone changes nothing', async () => {
  const test = await done(host.octo('notify:test'));
  expect(test.stdout).toMatch(/^told: mail by 127.0.0.1:\d+\n$/);
  expect(mails.splice(0)).toHaveLength(1);

  await done(host.push('shop', page('one')));
  expect(mails).toEqual([]);
  const dead = { Dockerfile: command('echo no database; exit 3') };
  const refused = await host.push('shop', dead);
  expect(refused.code).toBe(1);
  expect(mails).toHaveLength(1);
  expect(mails[0]).toMatch(/^Subject: \[octohost .*\] shop: the start failed \(E_CHECK_DEAD\)\r$/m);
  expect(mails[0]).toContain('no database');
  expect(mails[0]).toMatch(/^Release: {3}1 serves on\r$/m);
  const [, next = ''] = /^Next:\s+octo attach (\w+)/m.exec(mails[0] ?? '') ?? [];
  expect(next, mails[0]).not.toBe('');
  expect((await host.octo('attach', next)).stdout).toContain('no database');
  expect((await host.get('shop')).body).toBe('one');

  await new Promise<void>((resolve) => server.close(() => resolve()));
  const again = await host.push('shop', { Dockerfile: command('echo still none; exit 3') });
  expect(again.stderr).toContain('notify:tell on failed: Not everybody was told: mail by 127.0.0.1:');
  expect(again.stderr).toContain('still none');
  expect(again.stderr).not.toContain(password);
  expect((await host.get('shop')).body).toBe('one');
});
