/** A client of one agent: with its token, its TLS files, and connections that are kept. */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type Consul from 'consul';
import { messageOf } from '../../core/index.ts';
import { errors } from './errors.ts';
import type { CheckedOptions } from './options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws E_CONSUL_SECRET */
export async function connect(
  address: string,
  options: CheckedOptions,
  environment: Environment,
): Promise<Consul> {
  // Imported at the first use: commands that need no store do not pay for it.
  const { default: Client } = await import('consul');
  const { protocol, hostname, port } = new URL(address);
  const secure = protocol === 'https:';
  const token = await readToken(options, environment);
  return new Client({
    host: hostname,
    port: Number(port) || (secure ? 443 : 80),
    secure,
    agent: secure
      ? new SecureAgent({ keepAlive: true, ...(await readTls(options)) })
      : new Agent({ keepAlive: true }),
    defaults: {
      ...(token === undefined ? {} : { token }),
      ...(options.datacenter === undefined ? {} : { dc: options.datacenter }),
    },
  });
}

async function readToken(
  { token, tokenFile }: CheckedOptions,
  environment: Environment,
): Promise<string | undefined> {
  if (token !== undefined) return token;
  if (tokenFile === undefined) return environment['OCTO_CONSUL_TOKEN'] || undefined;
  const text = (await readSecret(tokenFile)).toString('utf8').trim();
  if (!/^[\x21-\x7e]+$/.test(text))
    throw errors.E_CONSUL_SECRET({ file: tokenFile, problem: 'it does not hold one token' });
  return text;
}

async function readTls({ tls = {} }: CheckedOptions): Promise<{ ca?: Buffer; cert?: Buffer; key?: Buffer }> {
  return {
    ...(tls.ca ? { ca: await readSecret(tls.ca) } : {}),
    ...(tls.certificate ? { cert: await readSecret(tls.certificate) } : {}),
    ...(tls.key ? { key: await readSecret(tls.key) } : {}),
  };
}

async function readSecret(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw errors.E_CONSUL_SECRET({ file, problem: messageOf(cause) }, { cause });
  });
}
