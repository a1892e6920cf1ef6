/** A real image registry on a loopback port, with or without a password. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, until } from './lab.ts';

export interface ImageRegistry {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  /** The digest of a tag; undefined where there is none. */
  digest(repository: string, tag: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

export interface Account {
  readonly username: string;
  readonly password: string;
  /** The line of an htpasswd file: bcrypt. */
  readonly line: string;
}

export interface ImageRegistryOptions {
  /** Left out: anybody may push and pull. */
  readonly account?: Account;
  /** Left out: a free one. */
  readonly port?: number;
}

export async function startImageRegistry(options: ImageRegistryOptions = {}): Promise<ImageRegistry> {
  const { account, port = await freePort() } = options;
  const folder = await mkdtemp(join(tmpdir(), 'image-registry-'));
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: { addr: `127.0.0.1:${port}`, secret: 'of-this-test' },
    ...(account ? { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } } : {}),
  };
  // JSON is YAML.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  if (account) await writeFile(join(folder, 'htpasswd'), `${account.line}\n`);
  const program = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const address = `127.0.0.1:${port}`;
  const headers: Record<string, string> = account
    ? { authorization: `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}` }
    : {};
  await until('the registry answers', () =>
    fetch(`http://${address}/v2/`, { headers }).then(
      (response) => response.ok,
      () => false,
    ),
  );
  return {
    address,
    async digest(repository, tag) {
      const accept = 'application/vnd.docker.distribution.manifest.v2+json';
      const url = `http://${address}/v2/${repository}/manifests/${tag}`;
      const response = await fetch(url, { method: 'HEAD', headers: { ...headers, accept } });
      return response.ok ? (response.headers.get('docker-content-digest') ?? undefined) : undefined;
    },
    async stop() {
      program.kill();
      if (program.exitCode === null) await once(program, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}
