/** How a server's parts are started where no systemd does it. Pure. */
import { places } from './places.ts';

/**
 * Lines of a shell script that root runs at each boot, in this order: Docker and sshd by Debian's own scripts, what ran
 * before with nginx, the agent. Docker's script raises limits, which a container may not.
 */
export const startLines: readonly string[] = [
  'service docker start || { dockerd >> /var/log/dockerd.log 2>&1 & }',
  'service ssh start',
  'until [ -S /run/docker.sock ]; do sleep 1; done',
  `${places.command} converge`,
  `${places.command} serve >> /var/log/octohost-agent.log 2>&1 &`,
];

/** What the operator of such a machine has to do, in words. */
export const withoutSystemd: readonly string[] = [
  'No systemd runs here, so nothing starts the parts of octohost. Run these lines as root, now and at each boot:',
  ...startLines.map((line) => `    ${line}`),
  'The fourth starts nginx and what ran before; the last is the agent. octo doctor tells what does not run.',
];
