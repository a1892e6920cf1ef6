/** Error texts of sites, their services, and keys. */
import { defineErrors, exitCodes } from '../errors.ts';

const { usage } = exitCodes;

/** `app/KEY` of `octohost/app/KEY`. */
const settingOf = (key: string) => key.split('/').slice(1).join('/');

export const siteErrors = defineErrors({
  E_SITE_UNKNOWN: (f: { site: string }) => ({
    message: `There is no site ${f.site}.`,
    hint: 'See them all with: octo sites',
    exit: usage,
    site: f.site,
  }),
  E_SETTING_UNUSABLE: (f: { key: string; problem: string }) => ({
    message: `Somebody wrote ${f.key} in the store, and it cannot be used: it ${f.problem}. Nothing was changed.`,
    hint: `Write it again (octo config:set ${settingOf(f.key)} …) or take it away (octo config:rm ${settingOf(f.key)}), then try again.`,
    exit: usage,
  }),
  E_SITE_NEVER_RELEASED: (f: { site: string }) => ({
    message: `The site ${f.site} has no release yet.`,
    hint: `Deploy it first: git push, or octo deploy ${f.site} <folder>`,
    exit: usage,
  }),
  E_CLONE_TAKEN: (f: { site: string }) => ({
    message: `There is a site ${f.site} already, so nothing was made a copy of.`,
    hint: `Choose another name; octo status ${f.site} says what it is.`,
    exit: usage,
  }),
  E_RENAME_TAKEN: (f: { site: string; what: string; hint: string }) => ({
    message: `No site can get the name ${f.site}: ${f.what}. Nothing was changed.`,
    hint: f.hint,
    exit: usage,
  }),
  E_RENAME_TIED: (f: { site: string; what: string; others: readonly string[] }) => ({
    message: `${f.site} cannot get another name: ${f.what}. Nothing was changed.`,
    details: f.others.map((other) => `tied to it: ${other}`),
    hint: 'Take the lines LINK_SERVICE and VOLUMES_FROM out of the Dockerfile, push that, rename, and put them in again with the new names.',
    exit: usage,
  }),
  E_ADOPT_RELEASED: (f: { site: string }) => ({
    message: `The site ${f.site} has a release of its own, so its containers of before are not taken over.`,
    hint: `octo status ${f.site} says how it is; what still runs of before is ended by hand: docker rm -f <container>`,
    exit: usage,
  }),
  E_SERVICE_OURS: (f: { address: string; port: number; first: number; last: number }) => ({
    message: `octohost gives the ports ${f.first} to ${f.last} of ${f.address} to instances of any site: ${f.port} is one of them.`,
    hint: 'Let what you run listen at another port, or narrow instances.ports in octohost.config.ts.',
    exit: usage,
  }),
  E_SERVICE_UNKNOWN: (f: { site: string; address: string }) => ({
    message: `${f.site} was given no service at ${f.address} by hand.`,
    hint: `octo services ${f.site} shows which it has; those of its instances come and go with them.`,
    exit: usage,
  }),
  E_KEY_UNKNOWN: (f: { name: string }) => ({
    message: `There is no key ${f.name}.`,
    hint: 'See them all with: octo keys:list',
    exit: usage,
  }),
  E_KEY_TAKEN: (f: { name: string }) => ({
    message: `The name ${f.name} belongs to another key.`,
    hint: `Choose another name, or remove that key first: octo keys:remove ${f.name}`,
    exit: usage,
  }),
  E_KEY_TWICE: (f: { name: string; fingerprint: string }) => ({
    message: `This key is there already, as ${f.name} (${f.fingerprint}); sshd knows a key by one name only.`,
    hint: `Change its rights under that name: octo keys:add ${f.name} … < key.pub`,
    exit: usage,
  }),
});
