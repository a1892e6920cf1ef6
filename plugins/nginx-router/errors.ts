/** What can go wrong between octohost and nginx. */
import { defineErrors, exitCodes, messageOf } from '../../core/index.ts';

/** A line in nginx's words that says that a port belongs to another program. */
const portTaken = /bind\(\) to (\S+) failed \(98:/;
const portForbidden = /bind\(\) to (\S+) failed \(13:/;

export const errors = defineErrors({
  E_NGINX_OPTIONS: (f: { problems: string }) => ({
    message: `The options of nginxRouter are wrong: ${f.problems}.`,
    hint: 'Correct them in octohost.config.ts; plugins/nginx-router/README.md lists all.',
    exit: exitCodes.usage,
  }),
  E_NGINX_VALUE: (f: { owner: string; what: string; value: string }) => ({
    message: `${f.owner}: ${JSON.stringify(f.value.slice(0, 100))} is no ${f.what} that can be written into nginx's configuration.`,
    hint: `Correct the ${f.what}; if no setting has it, look at the plugins that change routes (modifyRoute).`,
  }),
  E_NGINX_DOMAIN: (f: { domain: string; sites: readonly string[] }) => ({
    message: `The domain ${f.domain} is in the routes of ${f.sites.join(' and ')}.`,
    hint: 'Take it away from all but one of them, in its CNAME file or by octo domains:set.',
  }),
  E_NGINX_SOCKET_PATH: (f: { path: string; bytes: number; limit: number }) => ({
    message: `nginx's status socket ${f.path} has ${f.bytes} bytes in its path; the system allows ${f.limit}.`,
    hint: 'Choose a shorter dataDir, or a shorter prefix for nginxRouter, in octohost.config.ts.',
  }),
  E_NGINX_FILES: (f: { prefix: string; cause: unknown }) => ({
    message: `nginx's files below ${f.prefix} cannot be written: ${messageOf(f.cause)}.`,
    hint: 'The folder must belong to the user octohost runs as.',
  }),
  E_NGINX_MISSING: (f: { binary: string }) => ({
    message: `There is no nginx program: ${f.binary} was not found.`,
    hint: 'apt-get install nginx-light, or name the program in nginxRouter({ binary }).',
    exit: exitCodes.unavailable,
  }),
  E_NGINX_REFUSED: (f: { lines: readonly string[] }) => ({
    message: 'nginx refuses the configuration. Nothing was changed.',
    hint:
      portHint(f.lines) ??
      'See what nginx says below; a plugin that changes routes (modifyRoute) may be the cause.',
    details: f.lines,
  }),
  E_NGINX_SITE: (f: { site: string; words: string; template?: string | undefined }) => ({
    message: f.template
      ? `nginx refuses the template ${f.template} for ${f.site}: ${f.words}`
      : `nginx refuses the route of ${f.site}: ${f.words}`,
    hint: f.template
      ? `Whoever keeps the templates corrects it. Until then, without it: octo config:rm ${f.site}/NGINX_ALT`
      : 'If it is about a certificate, set another SSL_CERTIFICATE with its SSL_KEY.',
  }),
  E_NGINX_TEMPLATE: (f: { site: string; name: string; problem: string }) => ({
    message: `The template ${f.name} cannot be used for ${f.site}: ${f.problem}.`,
    hint: `Ask the operator for the names of templates, or go without one: octo config:rm ${f.site}/NGINX_ALT`,
    exit: exitCodes.usage,
  }),
  E_NGINX_START: (f: { lines: readonly string[]; command: readonly string[] }) => ({
    message: 'nginx could not be started.',
    hint: portHint(f.lines) ?? `Try it by hand: ${f.command.join(' ')}`,
    details: f.lines,
    exit: exitCodes.unavailable,
  }),
  E_NGINX_STOPPED: (f: { command: readonly string[] }) => ({
    message:
      'nginx does not run, and nginxRouter may not start it (start: false). The configuration is written.',
    hint: `Start it: ${f.command.join(' ')}; then run the command again.`,
    exit: exitCodes.unavailable,
  }),
  E_NGINX_UNCONFIRMED: (f: { lines: readonly string[]; back: boolean }) => ({
    message: f.back
      ? 'nginx did not take the new routes. The old ones are in force.'
      : 'nginx did not take the new routes, and did not confirm the old ones either.',
    hint: portHint(f.lines) ?? 'See logs/error.log in the prefix of nginx, then run: octo converge',
    details: f.lines,
  }),
});

/** What to do when nginx could not listen. Undefined where it did not complain of that. */
function portHint(lines: readonly string[]): string | undefined {
  const taken = match(lines, portTaken);
  if (taken)
    return `Port ${portOf(taken)} is in use; ss -ltnp shows by what. End it (octohost's own nginx too, when http.address was changed), or choose another http.port or https.port.`;
  const forbidden = match(lines, portForbidden);
  if (forbidden)
    return `Port ${portOf(forbidden)} needs a right: setcap cap_net_bind_service=+ep on the nginx program, or a port above 1023.`;
  return undefined;
}

function match(lines: readonly string[], pattern: RegExp): string | undefined {
  return lines.map((line) => pattern.exec(line)?.[1]).find((address) => address !== undefined);
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':') + 1);
}
