/** Error texts of names and values from outside. */
import { defineErrors, exitCodes } from '../errors.ts';
import { shown } from './shown.ts';

const { usage } = exitCodes;

export const inputErrors = defineErrors({
  E_SITE_NAME: (f: { name: string }) => ({
    message: `${shown(f.name)} is not a site name.`,
    hint: 'A name is lower-case letters and digits, with single - or _ between them, at most 63 characters: my-site.',
    exit: usage,
  }),
  E_DOMAIN: (f: { domain: string }) => ({
    message: `${shown(f.domain)} is not a domain.`,
    hint: 'Write a plain host name such as www.example.com: no scheme, port or path. A wildcard (*.example.com) is for domains:add and domains:set alone.',
    exit: usage,
  }),
  E_DOMAINS_MANY: (f: { count: number; most: number }) => ({
    message: `${f.count} domains are more than the ${f.most} that a site may have.`,
    hint: 'Name fewer; names below one domain are one wildcard, which the operator sets: octo domains:add <site> *.example.com',
    exit: usage,
  }),
  E_SETTING_KEY: (f: { key: string }) => ({
    message: `${shown(f.key)} is not a setting's name.`,
    hint: 'A name starts with a letter or _ and goes on with letters, digits and _: DATABASE_URL.',
    exit: usage,
  }),
  E_SETTING_VALUE: (f: { key: string; problem: string }) => ({
    message: `The value of ${f.key} ${f.problem}.`,
    hint: `Set it again: octo config:set <site>/${f.key} <value>`,
    exit: usage,
  }),
  E_SETTING_PLAIN: (f: { key: string }) => ({
    message: `${f.key} cannot be secret: octohost shows it, and others read it.`,
    hint: `Set it without --secret: octo config:set <site>/${f.key} <value>`,
    exit: usage,
  }),
  E_SETTING_UNKNOWN: (f: { key: string; known: readonly string[] }) => ({
    message: `${f.key} begins with OCTO_, but octohost has no such setting.`,
    hint: `Known: ${f.known.join(', ')}. Names of your own begin otherwise.`,
    exit: usage,
  }),
  E_REVISION: (f: { revision: string }) => ({
    message: `${shown(f.revision)} is not a full git object id.`,
    hint: 'Push again with an unmodified git client.',
    exit: usage,
  }),
  E_REF: (f: { ref: string }) => ({
    message: `${shown(f.ref)} is not a branch.`,
    hint: 'Push a branch: git push <remote> main',
    exit: usage,
  }),
  E_KEY_NAME: (f: { name: string }) => ({
    message: `${shown(f.name)} is not a key's name.`,
    hint: 'A name starts with a letter or digit and goes on with letters, digits and . _ @ + -, at most 64: alice@laptop.',
    exit: usage,
  }),
  E_SITE_PATTERN: (f: { pattern: string }) => ({
    message: `${shown(f.pattern)} names no sites.`,
    hint: "Write a site's name, or a pattern in which * stands for any characters, quoted: 'shop-*'",
    exit: usage,
  }),
  E_IP_ADDRESS: (f: { address: string }) => ({
    message: `${shown(f.address)} is not the address of a machine.`,
    hint: 'Write an IPv4 or IPv6 address, not a name: 10.0.0.5 or fd00::5.',
    exit: usage,
  }),
  E_PORT_NUMBER: (f: { port: string }) => ({
    message: `${shown(f.port)} is not a port.`,
    hint: 'Write a number from 1 to 65535.',
    exit: usage,
  }),
  E_SERVICE_TAGS: (f: { most: number; longest: number }) => ({
    message: `A service has at most ${f.most} tags of ${f.longest} characters.`,
    hint: 'Separate them by commas: http,web',
    exit: usage,
  }),
});
