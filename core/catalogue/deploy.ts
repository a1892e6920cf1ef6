/** Error texts of a deploy, from the push to the switch. */
import { defineErrors, exitCodes, messageOf } from '../errors.ts';
import { shown } from './shown.ts';

const { usage, locked, interrupted } = exitCodes;

export const deployErrors = defineErrors({
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
  E_TRACE_NONE: (f: { deploy: string }) => ({
    message: `There is no trace of the deploy ${f.deploy}: it has not ended, was killed, or is older than traces are.`,
    hint: `What it said: octo attach ${f.deploy}`,
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
  E_STEP_TIMEOUT: (f: { what: string; seconds: number }) => ({
    message: `${f.what} did not end within ${f.seconds} s, which is the limit of this step.`,
    hint: 'See whether what it waits for can be reached: octo doctor. Then push again.',
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
  E_NOT_ALLOWED: (f: { site: string; asked: readonly string[]; rules: readonly string[] }) => ({
    message: `${f.site} asks for what this installation does not let it have.`,
    hint:
      f.rules.length > 0
        ? `Take it out, or have the operator write in octohost.config.ts: allow: [${f.rules.join(', ')}]`
        : 'Take it out, or ask for less: no rule gives it.',
    details: f.asked,
  }),
  E_PEER_MISSING: (f: { site: string; other: string; line: number }) => ({
    message: `${f.site} needs the site ${f.other} (line ${f.line} of its Dockerfile), and nothing of that runs here.`,
    hint: `Deploy ${f.other} first; octo status shows what runs.`,
  }),
  E_PEER_CIRCLE: (f: { site: string; other: string }) => ({
    message: `${f.site} needs ${f.other}, which needs ${f.site}: neither could come first.`,
    hint: 'Take one of the links out of its Dockerfile.',
  }),
  E_BUILD_LIMIT: (f: { problem: string; option: string }) => ({
    message: `The build ${f.problem}, and was stopped.`,
    hint: `See above where it hangs or repeats itself; the operator sets builds.${f.option} in octohost.config.ts.`,
  }),
  E_DISK_SPACE: (f: { least: number; places: readonly string[] }) => ({
    message: `The disk has no room for a build, which is begun with ${f.least} MB or more.`,
    hint: 'Free the images that nobody needs: octo clean. The operator sets builds.minFreeMegabytes in octohost.config.ts.',
    details: f.places,
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
    hint: "End what uses it, or take another one in the Dockerfile: # PORTS_FROM_HOST, or EXPOSE in the host's network.",
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
});
