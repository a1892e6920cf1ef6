/** Error texts of the installation: its configuration, plugins, store and what it reaches. */
import { defineErrors, exitCodes, messageOf } from '../errors.ts';

const { usage, unavailable, locked } = exitCodes;

export const installationErrors = defineErrors({
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
    hint: 'Correct the plugins list in octohost.config.ts, or go on without what is broken: --no-plugins. One that was added goes with: octo plugins:remove <name>',
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
  E_SCHEMA_NEWER: (f: { version: number; by: string; known: number; octohost: string }) => ({
    message: `The store belongs to a newer octohost: ${f.by}, with schema ${f.version}. This is ${f.octohost}, which knows schema ${f.known}. Nothing was changed.`,
    hint: `Update octohost on this host to ${f.by} or later: octo update says how. Back to ${f.octohost} leads only a backup of before the update.`,
  }),
  E_STATE: (f: { key: string; problem: string }) => ({
    message: `The stored record ${f.key} cannot be read: ${f.problem}`,
    hint: 'Restore it from a backup, or remove the site and push it again.',
  }),
  E_SECRET_FILE: (f: { path: string; problem: string }) => ({
    message: `The file of the keys to secret settings, ${f.path}, ${f.problem}.`,
    hint: `It belongs to the user of octohost alone (chmod 600 ${f.path}). One that is lost or broken comes from a backup.`,
  }),
  E_SECRET_KEY: (f: { site: string; name: string; id: string; path: string }) => ({
    message: `The secret ${f.name} of ${f.site} was sealed with the key ${f.id}, which is not in ${f.path}.`,
    hint: `Bring that file from a backup or from the host that set it; or set it again: octo config:set --secret --no-deploy ${f.site}/${f.name}, then deploy.`,
  }),
  E_SECRET_CHANGED: (f: { site: string; name: string }) => ({
    message: `The secret ${f.name} of ${f.site} is not what octohost wrote there: it was changed, or belongs elsewhere.`,
    hint: `Set it again: octo config:set --secret --no-deploy ${f.site}/${f.name}, then deploy.`,
  }),
  E_SECRETS_IN_USE: (f: { holders: readonly string[] }) => ({
    message: `The key to secrets stays as it is: there are operations under way that have sealed with it.`,
    hint: 'Wait for them to end, then type again: octo secrets:rotate',
    details: f.holders,
    exit: locked,
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
  E_CATALOG_EMPTY: (f: { instance: string; site: string }) => ({
    message: `The catalog has no service at all, although ${f.instance} of ${f.site} runs; the routes stay as they are.`,
    hint: 'If the catalog may be read and is right, put the services back with: octo services register',
    exit: unavailable,
  }),
  E_UNAVAILABLE: (f: { what: string; cause: unknown }) => ({
    message: `${f.what} cannot be reached: ${messageOf(f.cause)}`,
    hint: 'Start it, or correct its address in octohost.config.ts.',
    exit: unavailable,
  }),
  E_COPY_EMPTY: () => ({
    message: 'The source of the copy has no installation; nothing was copied.',
    hint: 'Look whether --from and --to are the right way round, and what --from names as its store.',
    exit: usage,
  }),
  E_COPY_OTHER: (f: { ours: string; theirs: string }) => ({
    message: `The target of the copy has the installation ${f.theirs}, and the source ${f.ours}; nothing was copied.`,
    hint: 'Two installations in one Consul have a prefix each: give the target one of its own.',
    exit: usage,
  }),
  E_COPY_BUSY: (f: { holder: string }) => ({
    message: `Somebody works in this installation: ${f.holder}. A copy made now might lack what comes of it.`,
    hint: 'octo locks shows who; run the copy again afterwards.',
    exit: locked,
  }),
  E_COPY_CHANGED: () => ({
    message: 'The copy is not yet the same: something was written while it was made.',
    hint: 'Run it again: what differs is written then.',
    exit: locked,
  }),
  E_NO_TRANSFER: () => ({
    message: 'No builder of this configuration takes images out of its engine or brings them into it.',
    hint: 'Leave the images out: a site without its image is deployed anew from its repository.',
    exit: usage,
  }),
  E_BACKUP_CONTENT: (f: { problem: string }) => ({
    message: `This is no backup that can be restored: ${f.problem}.`,
    hint: 'Nothing was changed. Take another one, made with octo backup.',
    exit: usage,
  }),
  E_BACKUP_REACH: (f: { site: string }) => ({
    message: `The release of ${f.site} reaches more of the host, or of other sites, than its Dockerfile asks for here.`,
    hint: 'A plugin of the other host, or a link among its folders, gave it that: deploy this site anew instead.',
  }),
  E_RESTORE_REFUSED: (f: { problems: readonly string[] }) => ({
    message: 'Not all of the backup can be restored here, and nothing was changed.',
    hint: 'Repair what is said above, or leave these sites out: octo restore FILE --site SITE …',
    details: f.problems,
  }),
});
