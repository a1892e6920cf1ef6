/** What can go wrong at the command line, beside what the core and the plugins know. The guide is cli/README.md. */
import { defineErrors, exitCodes, messageOf } from '../core/index.ts';

const { usage } = exitCodes;

export const errors = defineErrors({
  E_COMMAND_UNKNOWN: (f: { command: string; nearest: readonly string[] }) => ({
    message: `There is no command ${f.command}.`,
    hint: f.nearest.length > 0 ? `octo ${f.nearest.join(', or octo ')}` : 'See them all with: octo help',
    exit: usage,
  }),
  E_CODE_UNKNOWN: (f: { code: string; nearest: readonly string[] }) => ({
    message: `No error has the code ${JSON.stringify(f.code.slice(0, 80))}.`,
    hint:
      f.nearest.length > 0 ? `octo help ${f.nearest.join(', or octo help ')}` : 'See all in cli/README.md.',
    exit: usage,
  }),
  E_COMMAND_OLD: (f: { name: string; because: string; instead: readonly string[] }) => ({
    message: `There is no octo ${f.name} any more. ${f.because}`,
    hint: f.instead.length === 1 ? 'Type the line above.' : 'Type the lines above.',
    details: f.instead,
    exit: usage,
  }),
  E_ARGUMENTS: (f: { problem: string; lines?: readonly string[]; usage?: string }) => ({
    message: f.problem,
    hint: f.usage ?? 'See them all with: octo help',
    details: f.lines ?? [],
    exit: usage,
  }),
  E_MIGRATE_FILE: (f: { file: string; problem: string }) => ({
    message: `The settings of the original octohost cannot be read from ${f.file}: ${f.problem}`,
    hint: 'Name its settings file: octo migrate --from /etc/default/octohost',
    exit: usage,
  }),
  E_MIGRATE: (f: { sites: readonly string[] }) => ({
    message: `Some sites were not taken over: ${f.sites.join(', ')}. They run on as they did.`,
    hint: 'Mend what stands above, then type again: octo migrate',
  }),
  E_SOURCE_CHOICE: (f: { site: string; given: number }) => ({
    message: f.given === 0 ? 'Nothing to deploy was named.' : 'More than one thing to deploy was named.',
    hint: 'Name exactly one of the three above.',
    details: [
      `octo deploy ${f.site} FOLDER`,
      `git archive HEAD | octo deploy ${f.site} --tar -`,
      `octo deploy ${f.site} --image REFERENCE`,
    ],
    exit: usage,
  }),
  E_SOURCE_FOLDER: (f: { folder: string; problem: string }) => ({
    message: `The folder ${f.folder} ${f.problem}.`,
    hint: 'Name the folder that holds the Dockerfile; . is the current one.',
    exit: usage,
  }),
  E_SOURCE_TAR: (f: { problem: string }) => ({
    message: `What came in is not a tar that can be deployed: ${f.problem}.`,
    hint: 'Make it with: git archive HEAD, or tar -c -C <folder> .',
    exit: usage,
  }),
  E_SOURCE_IMAGE: (f: { reference: string }) => ({
    message: `${JSON.stringify(f.reference.slice(0, 80))} is not an image reference.`,
    hint: 'Write it as docker does: name:tag, registry.example.com/name:tag or name@sha256:…',
    exit: usage,
  }),
  E_SOURCE_PATH: (f: { path: string }) => ({
    message: `The path ${JSON.stringify(f.path)} leads out of what is deployed.`,
    hint: 'Use a path relative to the top, without .. in it.',
  }),
  E_SOURCE_FILE_SIZE: (f: { path: string; limit: number }) => ({
    message: `The file ${f.path} is larger than ${f.limit} bytes, too large to be read as text.`,
    hint: 'A Dockerfile, a CNAME or a site file is small: see what this one holds.',
  }),
  E_IDENTITY: (f: { user: string }) => ({
    message: `There is no user ${f.user} on this machine, whose identity the configuration asks for.`,
    hint: 'Make it, with all else that a server needs: octo setup. Or name another as user in the configuration.',
    exit: usage,
  }),
  E_SETTING_MISSING: (f: { site: string; keys: readonly string[] }) => ({
    message: `The site ${f.site} has no setting ${f.keys.join(', ')}.`,
    hint: `See them with: octo config ${f.site}`,
  }),
  E_SECRET_WORDS: (f: { site: string }) => ({
    message: 'The value of a secret is never a word of a command, which others of the machine can see.',
    hint: `Name one setting and type its value when asked, or pipe it in: octo config:set --secret ${f.site}/KEY < value.txt`,
    exit: usage,
  }),
  E_SETTING_SECRET: (f: { site: string; key: string; set: boolean }) => ({
    message: f.set
      ? `The setting ${f.key} of ${f.site} is secret: its value is never a word of a command.`
      : `The setting ${f.key} of ${f.site} is secret.`,
    hint: f.set
      ? `Type it when asked, or pipe it in: octo config:set --secret ${f.site}/${f.key} < value.txt`
      : `Show it all the same: octo config:get --secrets ${f.site}/${f.key}`,
    exit: usage,
  }),
  E_SETTINGS_TEXT: (f: { site: string; problems: readonly string[] }) => ({
    message: `What came in cannot be taken, so nothing was set for ${f.site}.`,
    hint: 'Correct the lines above. octo config:import --help shows what it takes.',
    details: f.problems,
    exit: usage,
  }),
  E_STDIN: (f: { problem: string }) => ({
    message: `What came in on stdin ${f.problem}.`,
    hint: 'A value is UTF-8 text of at most 100 KB. Bytes that are none can be set as base64, say.',
    exit: usage,
  }),
  E_INSTANCE_UNKNOWN: (f: { site: string; instance: string; known: readonly string[] }) => ({
    message: `The site ${f.site} has no instance ${JSON.stringify(f.instance.slice(0, 80))}.`,
    hint: f.known.length > 0 ? `Its instances: ${f.known.join(', ')}.` : `It has none; octo start ${f.site}`,
    exit: usage,
  }),
  E_INSTANCE_NONE: (f: { site: string }) => ({
    message: `No instance of ${f.site} runs.`,
    hint: `octo start ${f.site} brings it up; octo run ${f.site} -- COMMAND needs no instance.`,
    exit: usage,
  }),
  E_NOT_CONFIRMED: (f: { site: string; asked: boolean }) => ({
    message: f.asked ? `${f.site} was not removed.` : `Removing ${f.site} was not confirmed.`,
    hint: f.asked
      ? "Run it again and type the site's name, or add --yes."
      : `There is nobody to ask here: octo remove ${f.site} --yes`,
    exit: usage,
  }),
  E_CLEAN_NOT_CONFIRMED: (f: { asked: boolean; command: string }) => ({
    message: f.asked ? 'Nothing was freed.' : 'Freeing this was not confirmed.',
    hint: f.asked
      ? `Run it again and answer yes, or add --yes: ${f.command} --yes`
      : `There is nobody to ask here: ${f.command} --yes`,
    exit: usage,
  }),
  E_CONVERGE: (f: { sites: readonly string[] }) => ({
    message: `Not converged: ${f.sites.join(', ')}.`,
    hint: 'Repair what is said above, then run octo converge again.',
  }),
  E_MOVE: (f: { host: string; sites: readonly string[] }) => ({
    message: `Not moved to ${f.host}: ${f.sites.join(', ')}.`,
    hint: 'Repair what is said above, then run it again: what is there stays.',
  }),
  E_SERVICE_CRITICAL: (f: { ids: readonly string[] }) => ({
    message: `Critical: ${f.ids.join(', ')}.`,
    hint: 'See what each answered above, and octo logs <site> for what its instances say.',
  }),
  E_DEPLOY_OUTPUT: (f: { deploy: string; host: string }) => ({
    message: `The output of the deploy ${f.deploy} is not here; it ran on ${f.host}.`,
    hint: `There: octo attach ${f.deploy}. On this very machine it was lost: a full disk, say.`,
  }),
  E_AUDIT_BROKEN: (f: { file: string; number: number }) => ({
    message: `The audit log ${f.file} was changed: entry ${f.number} does not follow the one before it.`,
    hint: 'Compare it with a copy that was made earlier. What stands before that entry is as it was written.',
  }),
  E_DEPLOY_NONE: (f: { site: string }) => ({
    message: `No deploy of ${f.site} is on record.`,
    hint: 'See all sites with: octo sites',
  }),
  E_PLUGIN_ADDED: (f: { package: string; version: string; cause: unknown }) => ({
    message: `The plugin ${f.package} ${f.version}, which was added, cannot be loaded: ${messageOf(f.cause)}`,
    hint: `Go on without what was added: --no-plugins, or OCTO_NO_PLUGINS=1. Take it away: octo plugins:remove ${f.package}`,
    exit: usage,
  }),
  E_PLUGIN_LIST: (f: { file: string; problem: string }) => ({
    message: `The list of added plugins, ${f.file}, cannot be used: ${f.problem}`,
    hint: 'Go on without them: --no-plugins. Correct the file, or remove it and add the plugins anew.',
    exit: usage,
  }),
  E_PLUGIN_SPEC: (f: { spec: string }) => ({
    message: `${JSON.stringify(f.spec.slice(0, 80))} is no plugin that could be added.`,
    hint: 'Name a package of the registry (name, or name@1.2.3), a folder (./name) or a tarball (./name-1.2.3.tgz).',
    exit: usage,
  }),
  E_PLUGIN_NOT_ADDED: (f: { name: string; known: readonly string[] }) => ({
    message: `No plugin ${f.name} was added here.`,
    hint:
      f.known.length > 0
        ? `There are ${f.known.join(', ')}. One of octohost.config.ts goes with its line there.`
        : 'Those of octohost.config.ts go with their lines there.',
    exit: usage,
  }),
  E_PLUGINS_BUSY: (f: { folder: string }) => ({
    message: `Another process changes the added plugins in ${f.folder}.`,
    hint: 'Wait for it to end, then run the command again.',
  }),
  E_PLUGIN_TRIED: (f: { ended: string; lines: readonly string[] }) => ({
    message: `The plugins were tried in a process of their own, and that ${f.ended}.`,
    hint: 'Nothing was changed. A plugin must not end the process, nor wait, when it is loaded.',
    details: f.lines,
  }),
  E_NPM: (f: { command: string; cause: unknown; lines: readonly string[] }) => ({
    message: `npm ${f.command} failed: ${messageOf(f.cause)}`,
    hint: 'Nothing was changed. See the lines above; npm has to be in the path.',
    details: f.lines,
  }),
});
