/** Errors of every plugin that talks to a Docker Engine, and the engine's own words. */
import { defineErrors, exitCodes, messageOf } from '../../core/index.ts';

export const dockerErrors = defineErrors({
  E_DOCKER_OPTIONS: (f: { plugin: string; problems: string }) => ({
    message: `The options of ${f.plugin} are wrong: ${f.problems}.`,
    hint: `Correct them in octohost.config.ts; plugins/${f.plugin}/README.md lists all.`,
    exit: exitCodes.usage,
  }),
  E_DOCKER_HOST: (f: { host: string }) => ({
    message: `${JSON.stringify(f.host)} is no address of a Docker Engine.`,
    hint: 'Set DOCKER_HOST (or the option host) to unix:///path/to/docker.sock or tcp://host:port.',
    exit: exitCodes.usage,
  }),
  E_DOCKER_CLEAR: (f: { host: string }) => ({
    message: `The Docker Engine at ${JSON.stringify(f.host)} is on another host, and would be spoken to in the clear.`,
    hint: 'Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH: whoever listens on the way would be root there.',
    exit: exitCodes.usage,
  }),
});

/** The HTTP status of an answer that dockerode turned into an error. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

/** What the engine said, without dockerode's `(HTTP code 500) server error - ` in front. */
export function engineWords(error: unknown): string {
  return messageOf(error).replace(/^\(HTTP code \d+\) .*? - /, '');
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EACCES',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Whether the connection failed, rather than the engine said no. */
export function isUnreachable(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  if (typeof code !== 'string' || statusOf(error) !== undefined) return false;
  // A file that is missing also says ENOENT; only a socket's `connect` is about the engine.
  return code === 'ENOENT' || code === 'EACCES' ? syscall === 'connect' : unreachable.has(code);
}
