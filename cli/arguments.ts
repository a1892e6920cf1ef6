/** Arguments that several commands take, each checked by the core's grammar. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {
  checkSetting,
  type Domain,
  type IpAddress,
  type KeyName,
  parseDomains,
  parseIpAddress,
  parseKeyName,
  parsePort,
  parseSiteName,
  parseSitePattern,
  type SiteName,
  type SitePattern,
  tagsIn,
} from '../core/index.ts';
import { errors } from './errors.ts';

/** No argument is ever read from stdin: a missing one is an error, even in a script. */
const shell = { ignoreStdin: true } as const;

const site = Args.custom<SiteName>({ ...shell, parse: async (text) => parseSiteName(text) });

export const siteArgument = site({ required: true, description: "The site's name." });
export const optionalSite = site({ description: "The site's name; all sites where it is left out." });
export const optionalSites = site({
  multiple: true,
  description: "The sites' names; all sites where they are left out.",
});
export const severalSites = site({ required: true, multiple: true, description: "The sites' names." });

const key = Args.custom<KeyName>({ ...shell, parse: async (text) => parseKeyName(text) });
export const keyArgument = key({ required: true, description: "The key's name." });

export const addressArgument = Args.custom<IpAddress>({
  ...shell,
  parse: async (text) => parseIpAddress(text),
})({ required: true, description: 'The IPv4 or IPv6 address of the service.' });
export const portArgument = Args.custom<number>({ ...shell, parse: async (text) => parsePort(text) })({
  required: true,
  description: 'Its port: 1 to 65535.',
});
export const optionalTags = Args.custom<readonly string[]>({
  ...shell,
  parse: async (text) => tagsIn(text),
})({ description: 'Its tags, separated by commas; http where they are left out.' });

export const siteFlag = Flags.custom<SitePattern>({ parse: async (text) => parseSitePattern(text) });

const instances = Args.custom({
  ...shell,
  parse: async (text) => {
    checkSetting('CONTAINERS', text);
    return text;
  },
});
export const countArgument = instances({ required: true, description: 'How many instances: 1 to 100.' });
export const optionalCount = instances({
  description: 'How many instances: 1 to 100; as many as before where it is left out.',
});

const release = Args.custom<number>({
  ...shell,
  parse: async (number) => {
    if (!/^[1-9]\d{0,8}$/.test(number))
      throw errors.E_ARGUMENTS({ problem: `${JSON.stringify(number)} is not the number of a release.` });
    return Number(number);
  },
});
export const optionalRelease = release({
  description: 'The number of a release; the last healthy one before what runs where it is left out.',
});
export const releaseArgument = (description: string) => release({ required: true, description });

export const text = Args.custom(shell);

/** oclif gives a list for a repeatable argument, which its types call a single word. */
export const wordsOf = (words: string | readonly string[] | undefined): readonly string[] =>
  words === undefined ? [] : typeof words === 'string' ? [words] : words;

export const domainsArgument = text({
  required: true,
  multiple: true,
  description: 'Domains, separated by spaces or commas; *.example.com is for operators.',
});

/** @throws E_DOMAIN */
export const domainsIn = (words: string | readonly string[]): readonly Domain[] =>
  parseDomains(wordsOf(words).join(' '));

export const deployFlag = Flags.boolean({
  allowNo: true,
  // --no-apply is its name of before.
  aliases: ['apply'],
  default: true,
  description: 'Make a new release at once where the site runs.',
});

export const secretsFlag = Flags.boolean({ description: 'Show the values of secrets, too.' });

export const watchFlag = Flags.boolean({ char: 'w', description: 'Show it again and again, until Ctrl-C.' });

export const waitFlag = Flags.boolean({
  description: 'Return only when the old instances have ended.',
});
