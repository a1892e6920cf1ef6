/** Every error of the core: its message and the next thing to do. The guide is cli/README.md. */
import { defineErrors, exitCodes, messageOf } from './errors.ts';

const { usage, unavailable, locked, interrupted } = exitCodes;
const shown = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

export const errors = defineErrors({
  // Names and values from outside
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
  // The installation
  E_CONFIG: (f: { file: string; problems: readonly string[] }) => ({
    message: `The configuration ${f.file} cannot be used.`,
    hint: 'Correct the lines above, then run the command again.',
    details: f.problems,
    exit: usage,
  }),
  E_CONFIG_MISSING: (f: { file: string }) => ({
    message: `There is no configuration file ${f.file}.`,
    hint: 'Name one with OCTOHOST_CONFIG=/path/to/octohost.config.ts.',
    exit: usage,
  }),
  E_PLUGINS: (f: { problems: readonly string[] }) => ({
    message: 'The plugins of this configuration do not make a whole engine.',
    hint: 'Correct the plugins list in octohost.config.ts; plugins/README.md lists who provides what.',
    details: f.problems,
    exit: usage,
  }),
  E_PLUGIN_SETUP: (f: { plugin: string; cause: unknown }) => ({
    message: `The plugin ${f.plugin} failed in its setup: ${messageOf(f.cause)}`,
    hint: 'Correct its options in octohost.config.ts, or take it out of the plugins list.',
    exit: usage,
  }),
  E_ROLE_EARLY: (f: { role: string }) => ({
    message: `The role ${f.role} was used before all plugins were set up.`,
    hint: 'Call api.role() inside a tap or a provider method, not in setup itself.',
  }),
  E_TAP_LATE: (f: { hook: string; tap: string }) => ({
    message: `The tap ${f.tap} on ${f.hook} came after the engine was made.`,
    hint: 'Tap hooks inside setup(api).',
  }),
  E_STATE: (f: { key: string; problem: string }) => ({
    message: `The stored record ${f.key} cannot be read: ${f.problem}`,
    hint: 'Restore it from a backup, or remove the site and push it again.',
  }),
  E_CONFLICT: (f: { what: string; keys: readonly string[] }) => ({
    message: `${f.what} was changed by somebody else at the same moment (${f.keys.join(', ')}).`,
    hint: 'Run the command again.',
    exit: locked,
  }),
  E_PORTS_USED_UP: (f: { first: number; last: number }) => ({
    message: `Every port from ${f.first} to ${f.last} is taken.`,
    hint: 'Widen instances.ports in octohost.config.ts, or remove sites that are not needed.',
  }),
  // A deploy
  E_ABORTED: (f: { what: string }) => ({
    message: `${f.what} was interrupted.`,
    hint: 'Nothing was changed. Run it again when you are ready.',
    exit: interrupted,
  }),
  E_CANCELLED: (f: { deploy: string; by: string }) => ({
    message: `The deploy ${f.deploy} was cancelled by ${f.by}.`,
    hint: 'What it had begun is taken away. Push again when you are ready.',
    exit: interrupted,
  }),
  E_DEPLOY_UNKNOWN: (f: { deploy: string }) => ({
    message: `There is no deploy ${f.deploy} on record.`,
    hint: 'See the last ones of a site: octo deploys <site>',
    exit: usage,
  }),
  E_DEPLOY_OVER: (f: { deploy: string; site: string; phase: string }) => ({
    message:
      f.phase === 'current'
        ? `The deploy ${f.deploy} has become the current release of ${f.site}; it is too late to cancel it.`
        : `The deploy ${f.deploy} of ${f.site} has ended already: ${f.phase}.`,
    hint: `See how the site is: octo status ${f.site}`,
  }),
  E_RELEASE_UNKNOWN: (f: { site: string; number: number | undefined; known: readonly number[] }) => ({
    message:
      f.number === undefined
        ? `There is no healthy release of ${f.site} before what runs.`
        : `There is no release ${f.number} of ${f.site}.`,
    hint: `There are ${f.known.join(', ') || 'none'}: octo releases ${f.site}`,
  }),
  E_IMAGE_GONE: (f: { site: string; number: number; whole: readonly number[] }) => ({
    message: `Release ${f.number} of ${f.site} cannot be made again: its image or its configuration is gone.`,
    hint: `octo rollback ${f.site} can go to ${f.whole.join(', ') || 'none'}; or push its commit again, which builds it.`,
  }),
  E_NO_PUBLISHER: (f: { file: string }) => ({
    message: `No plugin of ${f.file} keeps images in a registry.`,
    hint: "Add to its plugins: registryPublisher({ registry: 'registry.example.com' }), which octohost/plugins/registry-publisher exports.",
    exit: usage,
  }),
  E_SITE_ORIGIN: (f: { site: string; held: string; pushed: string; hint: string }) => ({
    message: `${f.pushed} means the site ${f.site}, which belongs to ${f.held}.`,
    hint: f.hint,
  }),
  E_TIMEOUT: (f: { what: string; seconds: number }) => ({
    message: `${f.what} did not end within ${f.seconds} s.`,
    hint: 'See what it waits for, or give it more time in its options.',
  }),
  E_LOCKED: (f: { what: string; holder: string; seconds: number }) => ({
    message: `${f.what} is held by ${f.holder}; waited ${f.seconds} s.`,
    hint: 'Wait for it to end, then run the command again.',
    exit: locked,
  }),
  E_LEASE_LOST: (f: { what: string }) => ({
    message: `The lease on ${f.what} was lost: this process was held up too long and another one took over, or somebody freed it with octo unlock.`,
    hint: 'Nothing of this attempt became current. Run it again.',
    exit: locked,
  }),
  E_LOCK_UNKNOWN: (f: { name: string }) => ({
    message: `Nobody holds ${shown(f.name)}.`,
    hint: 'See who holds what: octo locks',
    exit: usage,
  }),
  E_LOCK_ALIVE: (f: { name: string; holder: string }) => ({
    message: `${f.name} is held by the ${f.holder}, which is alive.`,
    hint: `Let it end. Taken away with --force, it fails: nothing of it becomes current, and octo converge cleans up after it.`,
    exit: locked,
  }),
  E_NO_BUILDER: (f: { site: string; looked: readonly string[] }) => ({
    message: `Nothing here can build ${f.site}: there is no Dockerfile at the top of what was pushed.`,
    hint: `Add a Dockerfile, commit it and push again. Builders asked: ${f.looked.join(', ')}.`,
  }),
  E_BUILDERS_DISAGREE: (f: { site: string; builders: readonly string[] }) => ({
    message: `More than one builder accepts ${f.site}: ${f.builders.join(', ')}.`,
    hint: 'Take one of them out of the plugins list in octohost.config.ts.',
  }),
  E_SITE_FILE: (f: { file: string; lines: readonly string[] }) => ({
    message: `${f.file} cannot be used.`,
    hint: 'Correct the lines above and push again; cli/README.md has every key.',
    details: f.lines,
    exit: usage,
  }),
  E_SITE_FILES: (f: { files: readonly string[] }) => ({
    message: `${f.files.join(' and ')} both say what the site is; there can be one.`,
    hint: 'Put everything into one of them, and remove the others.',
    exit: usage,
  }),
  E_SETTINGS: (f: { site: string; problems: readonly string[] }) => ({
    message: `The settings of ${f.site} cannot be used.`,
    hint: `See them with: octo config ${f.site}`,
    details: f.problems,
    exit: usage,
  }),
  E_DOMAIN_TAKEN: (f: { domain: string; owner: string; isBranch?: boolean }) => ({
    message: `The domain ${f.domain} belongs to another site.`,
    hint: f.isBranch
      ? `${f.owner}, a branch of this repository, was first: push it without the line in its CNAME file, or octo remove ${f.owner}.`
      : `Take it away from ${f.owner} first (octo domains ${f.owner}), or leave it out here.`,
  }),
  E_DOMAIN_WILDCARD: (f: { domain: string; suffix: string; own: string }) => ({
    message: `The wildcard ${f.domain} would take names below ${f.suffix} that belong to other sites.`,
    hint: `Below ${f.suffix} a site may have its own name alone: *.${f.own}`,
    exit: usage,
  }),
  E_DOMAIN_MISSING: (f: { site: string; domains: readonly string[] }) => ({
    message: `${f.domains.join(', ')}: not among the domains that were set for ${f.site}.`,
    hint: `octo domains ${f.site} shows where each comes from; what a CNAME file names is taken out there.`,
  }),
  E_NOT_ALLOWED: (f: { site: string; file: string; lines: readonly string[]; rules: readonly string[] }) => ({
    message: `The ${f.file} of ${f.site} asks for what this installation does not let it have.`,
    hint: `Take it out, or have the operator write in octohost.config.ts: allow: [${f.rules.join(', ')}]`,
    details: f.lines,
  }),
  E_PEER_MISSING: (f: { site: string; other: string; line: number }) => ({
    message: `${f.site} needs the site ${f.other} (line ${f.line} of its Dockerfile), and nothing of that runs here.`,
    hint: `Deploy ${f.other} first; octo status shows what runs.`,
  }),
  E_PEER_CIRCLE: (f: { site: string; other: string }) => ({
    message: `${f.site} needs ${f.other}, which needs ${f.site}: neither could come first.`,
    hint: 'Take one of the links out of its Dockerfile.',
  }),
  E_RELEASE_TASK: (f: { command: string; status: string; lines: readonly string[] }) => ({
    message: `The release task ${shown(f.command)} ${f.status}.`,
    hint: 'What it did to data stays. Correct it and push again: it is run from its beginning.',
    details: f.lines,
  }),
  E_RELEASE_TIME: (f: { command: string; seconds: number; lines: readonly string[] }) => ({
    message: `The release task ${shown(f.command)} did not end within ${f.seconds} s, and was stopped.`,
    hint: 'What it did to data stays. Give it more time: octo config:set --no-deploy <site>/OCTO_RELEASE_TIMEOUT <seconds>',
    details: f.lines,
  }),
  E_CHECK_DEAD: (f: { instance: string; status: string; transcript: readonly string[] }) => ({
    message: `The new instance ${f.instance} ${f.status} before it answered.`,
    hint:
      f.status === 'ended with code 0'
        ? 'Keep the process in the foreground. A site that only holds data may end: octo config:set <site> NO_HTTP_PROXY=1 OCTO_CHECK=up'
        : 'Run the image by hand (docker run) to see why it stops; the lines above are its last ones.',
    details: f.transcript,
  }),
  E_CHECK_SILENT: (f: {
    instance: string;
    asked: string;
    seconds: number;
    /** Whether it should have listened at a port. */
    listens: boolean;
    transcript: readonly string[];
  }) => ({
    message: `The new instance ${f.instance} did not answer within ${f.seconds} s. It was asked: ${f.asked}`,
    hint: f.listens
      ? 'Listen on 0.0.0.0 at the port that the Dockerfile EXPOSEs, or say which: octo config:set <site>/OCTO_PORT <port>'
      : 'If it only needs longer: octo config:set <site>/OCTO_CHECK_TIMEOUT <seconds>. The check is shown by: octo explain <site>',
    details: f.transcript,
  }),
  E_CHECK_WRONG: (f: { instance: string; asked: string; last: string; transcript: readonly string[] }) => ({
    message: `The new instance ${f.instance} does not answer as it should: ${f.last}. It was asked: ${f.asked}`,
    hint: 'The lines above are what came back. What counts is a setting: octo explain <site> shows the check.',
    details: f.transcript,
  }),
  E_CHECK_IMPOSSIBLE: (f: { instance: string; why: string; transcript: readonly string[] }) => ({
    message: `The new instance ${f.instance} cannot be checked: ${f.why}.`,
    hint: 'Add it to the Dockerfile, or choose another check: octo config:set <site>/OCTO_CHECK http',
    details: f.transcript,
  }),
  E_START_REFUSED: (f: { name: string; words: string }) => ({
    message: `No instance ${f.name} can be made of this: ${f.words}`,
    hint: 'Correct in the Dockerfile or the settings what the words name, and deploy again.',
  }),
  E_PORT_TAKEN: (f: { address: string; port: number }) => ({
    message: `The port ${f.address}:${f.port} is in use by another program.`,
    hint: 'octohost tries the next one of its range by itself; widen instances.ports if this goes on.',
  }),
  E_NAME_TAKEN: (f: { name: string }) => ({
    message: `The name ${f.name} belongs to something that octohost did not start.`,
    hint: 'Rename or remove that (docker rename, docker rm), then: octo converge',
  }),
  E_HOST_PORT_TAKEN: (f: { port: number }) => ({
    message: `The host's port ${f.port}, which the repository asks for, is in use.`,
    hint: 'End what uses it, or take another one in the # PORTS_FROM_HOST line of the Dockerfile.',
  }),
  E_ROUTE_REVERTED: (f: { cause: unknown }) => ({
    message: `The new routes could not be applied, so the old release serves on: ${messageOf(f.cause)}`,
    hint: 'Repair the router as said above, then deploy again.',
  }),
  E_TAP_FAILED: (f: { tap: string; cause: unknown }) => ({
    message: `The tap ${f.tap} stopped this: ${messageOf(f.cause)}`,
    hint: 'Do as it says, or take the plugin out of octohost.config.ts.',
  }),
  E_MODIFIER_RESULT: (f: { tap: string; problem: string }) => ({
    message: `The modifier ${f.tap} gave back ${f.problem}.`,
    hint: 'A modifier returns the whole changed value, or undefined to leave it as it is.',
  }),
  // Sites
  E_SITE_UNKNOWN: (f: { site: string }) => ({
    message: `There is no site ${f.site}.`,
    hint: 'See them all with: octo sites',
    exit: usage,
  }),
  E_SITE_NEVER_RELEASED: (f: { site: string }) => ({
    message: `The site ${f.site} has no release yet.`,
    hint: `Deploy it first: git push, or octo deploy ${f.site} <folder>`,
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
  // Keys
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
  E_UNAVAILABLE: (f: { what: string; cause: unknown }) => ({
    message: `${f.what} cannot be reached: ${messageOf(f.cause)}`,
    hint: 'Start it, or correct its address in octohost.config.ts.',
    exit: unavailable,
  }),
});
