/** Runs the nginx program: to test a configuration, and to start. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errors as coreErrors } from '../../core/index.ts';
import { errors } from './errors.ts';
import type { NginxLayout } from './layout.ts';

export interface Program {
  /** Name or path. */
  readonly binary: string;
  /** Where a name is searched, as in PATH. */
  readonly path: string | undefined;
}

export interface Ended {
  readonly ok: boolean;
  /** What it wrote to standard error, without empty lines. */
  readonly lines: readonly string[];
}

/** An ordinary user's PATH has no sbin folders. */
const sbin = '/usr/local/sbin:/usr/sbin:/sbin';

/** Arguments that test a file as if it were the configuration in force. Pure. */
export function testArguments(layout: NginxLayout, file: string): string[] {
  return ['-p', layout.prefix, '-c', file, '-e', 'stderr', '-t', '-q'];
}

/** Arguments of the master. `-e` keeps nginx from opening the log that it was built with. Pure. */
export function startArguments(layout: NginxLayout): string[] {
  return ['-p', layout.prefix, '-c', layout.conf, '-e', layout.errorLog];
}

/** What the installed nginx can do. */
export interface NginxFeatures {
  /** How HTTP/2 is asked for; absent: it was built without. */
  readonly http2?: 'parameter' | 'directive';
  /** Modules to load, in order, for routes that change without a reload; absent: they are not all there. */
  readonly balancer?: readonly string[];
}

const balancerModules = ['ndk_http_module.so', 'ngx_http_lua_module.so'];

/** Reads what `nginx -V` says. Pure. @param isThere whether a file is there */
export function featuresIn(lines: readonly string[], isThere: (file: string) => boolean): NginxFeatures {
  const text = lines.join('\n');
  const http2 = http2In(text);
  const folder = /--modules-path=(\S+)/.exec(text)?.[1];
  const balancer = folder === undefined ? [] : balancerModules.map((name) => join(folder, name));
  const complete = balancer.length > 0 && balancer.every(isThere);
  return { ...(http2 ? { http2 } : {}), ...(complete ? { balancer } : {}) };
}

/** Asks the program until it has answered once. */
export function askFeatures(program: Program): () => Promise<NginxFeatures> {
  let known: NginxFeatures | undefined;
  return async () => {
    known ??= featuresIn((await runNginx(program, ['-V'], { cwd: '/' })).lines, existsSync);
    return known;
  };
}

/** What the installed program says of itself: `1.22.1`. Throws E_NGINX_MISSING. */
export async function askVersion(program: Program, signal: AbortSignal): Promise<string> {
  return versionIn((await runNginx(program, ['-v'], { cwd: '/', signal })).lines);
}

/** Reads what `nginx -v` says. Pure. */
export function versionIn(lines: readonly string[]): string {
  const text = lines.join('\n');
  return /^nginx version: \S+\/(\S+)/m.exec(text)?.[1] ?? text;
}

function http2In(text: string): NginxFeatures['http2'] {
  if (!text.includes('--with-http_v2_module')) return undefined;
  const version = /^nginx version: \S+\/(\d+)\.(\d+)\.(\d+)/m.exec(text)?.slice(1).map(Number) ?? [];
  const [major = 0, minor = 0, patch = 0] = version;
  const number = (major * 1000 + minor) * 1000 + patch;
  return number >= 1_025_001 ? 'directive' : 'parameter';
}

/**
 * Runs it to its end; a master puts itself in the background, and the program ends. Its own process group keeps a
 * Ctrl-C of the terminal away from it; of the environment it gets PATH alone. Throws E_NGINX_MISSING, E_ABORTED.
 */
export function runNginx(
  program: Program,
  args: readonly string[],
  options: { cwd: string; signal?: AbortSignal },
): Promise<Ended> {
  const environment = { PATH: program.path ? `${program.path}:${sbin}` : sbin };
  return new Promise((resolve, reject) => {
    const child = spawn(program.binary, args, {
      ...options,
      env: environment,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', (cause) => reject(explained(cause, program)));
    child.on('close', (code) =>
      resolve({ ok: code === 0, lines: text.split('\n').filter((line) => line.trim() !== '') }),
    );
  });
}

function explained(cause: NodeJS.ErrnoException, { binary }: Program): Error {
  if (cause.name === 'AbortError') return coreErrors.E_ABORTED({ what: 'The test of the routes' }, { cause });
  return cause.code === 'ENOENT' ? errors.E_NGINX_MISSING({ binary }, { cause }) : cause;
}
