/** What can go wrong between octohost and an image registry. A password is in none of these. */
import { defineErrors, exitCodes } from '../../core/index.ts';

export const errors = defineErrors({
  E_PUBLISH_FAILED: (f: { reference: string; words: string }) => ({
    message: `${f.reference} could not be pushed: ${f.words}`,
    hint: hintFor(f.words),
  }),
  E_PULL_FAILED: (f: { reference: string; words: string }) => ({
    message: `${f.reference} could not be pulled: ${f.words}`,
    hint: hintFor(f.words),
  }),
  E_PULL_REFERENCE: (f: { reference: string; repository: string }) => ({
    message: `${JSON.stringify(f.reference.slice(0, 200))} is nothing that ${f.repository} could have.`,
    hint: `Write a tag (the number of a release, latest), a digest sha256:…, or all of it: ${f.repository}:12`,
    exit: exitCodes.usage,
  }),
  E_REGISTRY_PASSWORD: (f: { registry: string; username: string; problem: string }) => ({
    message: `There is no password of ${f.username} for the registry ${f.registry}: ${f.problem}.`,
    hint: 'Put it into OCTO_REGISTRY_PASSWORD in the environment of octo, or into the file of the option passwordFile.',
    exit: exitCodes.usage,
  }),
});

function hintFor(words: string): string {
  if (/no basic auth|unauthorized|denied|authentication required/i.test(words))
    return 'Give registryPublisher the username and password of somebody who may push and pull there.';
  if (/HTTP response to HTTPS client/i.test(words))
    return 'Give the registry a certificate, or list it in insecure-registries of the Docker Engine.';
  if (/manifest unknown|not found|name unknown/i.test(words))
    return 'The registry has none; octo push <site> puts the current release there.';
  return 'See that the registry answers from the host of the Docker Engine; octo converge publishes again.';
}
