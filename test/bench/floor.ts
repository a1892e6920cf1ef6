/** The floor: what Docker and nginx take by themselves, as a shell script by hand would do it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { untilAnswers } from './site.ts';

const run = promisify(execFile);

/** build, run, inspect, write the file, `nginx -s reload`, until the new version answers; then the old one is killed. */
export class RawSequence {
  readonly #dir: string;
  readonly #dockerHost: string;
  readonly #port: number;
  #old: string | undefined;
  #nginx: ChildProcess | undefined;

  constructor(dir: string, dockerHost: string, port: number) {
    this.#dir = dir;
    this.#dockerHost = dockerHost;
    this.#port = port;
  }

  async start(): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    await writeFile(join(this.#dir, 'site.conf'), '');
    await writeFile(join(this.#dir, 'nginx.conf'), configuration(this.#dir));
    this.#nginx = spawn(
      'nginx',
      ['-p', this.#dir, '-c', join(this.#dir, 'nginx.conf'), '-g', 'daemon off;'],
      { stdio: 'ignore' },
    );
  }

  /** Seconds from the start of the build until the text is answered. */
  async deploy(source: string, text: string): Promise<number> {
    const began = performance.now();
    await this.#docker('build', '-q', '-t', 'octohost-bench-floor', source);
    const id = await this.#docker('run', '-d', '-p', '127.0.0.1::8080', 'octohost-bench-floor');
    const address = await this.#docker(
      'inspect',
      '-f',
      '{{(index (index .NetworkSettings.Ports "8080/tcp") 0).HostPort}}',
      id,
    );
    const server = `server { listen 127.0.0.1:${this.#port}; location / { proxy_pass http://127.0.0.1:${address}; } }\n`;
    await writeFile(join(this.#dir, 'site.conf'), server);
    await run('nginx', ['-p', this.#dir, '-c', join(this.#dir, 'nginx.conf'), '-s', 'reload']);
    await untilAnswers({ port: this.#port, host: 'floor', text });
    const seconds = (performance.now() - began) / 1000;
    if (this.#old) await this.#docker('rm', '-f', this.#old);
    this.#old = id;
    return seconds;
  }

  async stop(): Promise<void> {
    if (this.#old) await this.#docker('rm', '-f', this.#old);
    await this.#docker('image', 'rm', '-f', 'octohost-bench-floor').catch(() => '');
    this.#nginx?.kill('SIGTERM');
    await rm(this.#dir, { recursive: true, force: true });
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
