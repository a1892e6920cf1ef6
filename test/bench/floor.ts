/** The floor: what Docker and nginx take by themselves, as a shell script by hand would do it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { untilAnswers } from './site.ts';

const run = promisify(execFile);
const image = 'octohost-bench-floor';

/** build, run, inspect, write the file, `nginx -s reload`, until the new version answers; then the old ones are killed. */
export class RawSequence {
  readonly #dir: string;
  readonly #dockerHost: string;
  readonly #port: number;
  #old: readonly string[] = [];
  #nginx: ChildProcess | undefined;

  constructor(dir: string, dockerHost: string, port: number) {
    this.#dir = dir;
    this.#dockerHost = dockerHost;
    this.#port = port;
  }

  async begin(): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    await writeFile(join(this.#dir, 'site.conf'), '');
    await writeFile(join(this.#dir, 'nginx.conf'), configuration(this.#dir));
    this.#nginx = spawn(
      'nginx',
      ['-p', this.#dir, '-c', join(this.#dir, 'nginx.conf'), '-g', 'daemon off;'],
      { stdio: 'ignore' },
    );
  }

  /**
   * Seconds from the start of the build until the text is answered.
   * @param instances are started one after another
   */
  async deploy(source: string, text: string, instances = 1): Promise<number> {
    const began = performance.now();
    await this.#docker('build', '-q', '-t', image, source);
    const ids: string[] = [];
    const addresses: string[] = [];
    for (let index = 0; index < instances; index++) {
      const id = await this.#docker('run', '-d', '-p', '127.0.0.1::8080', image);
      ids.push(id);
      addresses.push(await this.#portOf(id));
    }
    const servers = addresses.map((port) => `server 127.0.0.1:${port};`).join(' ');
    await writeFile(
      join(this.#dir, 'site.conf'),
      `upstream site { ${servers} }\nserver { listen 127.0.0.1:${this.#port}; location / { proxy_pass http://site; } }\n`,
    );
    await run('nginx', ['-p', this.#dir, '-c', join(this.#dir, 'nginx.conf'), '-s', 'reload']);
    await untilAnswers({ port: this.#port, host: 'floor', text });
    const seconds = (performance.now() - began) / 1000;
    await this.#removeOld();
    this.#old = ids;
    return seconds;
  }

  /** Seconds from the start of more containers of the last image, all at once, until each answers by itself. */
  async start(text: string, instances = 1): Promise<number> {
    const began = performance.now();
    const ids = await Promise.all(Array.from({ length: instances }, () => this.#startOne(text)));
    const seconds = (performance.now() - began) / 1000;
    await this.#docker('rm', '-f', ...ids);
    return seconds;
  }

  async #startOne(text: string): Promise<string> {
    const id = await this.#docker('run', '-d', '-p', '127.0.0.1::8080', image);
    await untilAnswers({ port: Number(await this.#portOf(id)), host: 'floor', text });
    return id;
  }

  async end(): Promise<void> {
    await this.#removeOld();
    await this.#docker('image', 'rm', '-f', image).catch(() => '');
    this.#nginx?.kill('SIGTERM');
    await rm(this.#dir, { recursive: true, force: true });
  }

  #portOf(id: string): Promise<string> {
    const template = '{{(index (index .NetworkSettings.Ports "8080/tcp") 0).HostPort}}';
    return this.#docker('inspect', '-f', template, id);
  }

  async #removeOld(): Promise<void> {
    if (this.#old.length > 0) await this.#docker('rm', '-f', ...this.#old);
    this.#old = [];
  }

  async #docker(...words: string[]): Promise<string> {
    const env = { ...process.env, DOCKER_HOST: this.#dockerHost, DOCKER_BUILDKIT: '0' };
    return (await run('docker', words, { env })).stdout.trim();
  }
}

function configuration(dir: string): string {
  return [
    `pid ${dir}/nginx.pid;`,
    `error_log ${dir}/error.log;`,
    'worker_processes 2;',
    'events {}',
    `http { access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s; include ${dir}/site.conf; }`,
    '',
  ].join('\n');
}
