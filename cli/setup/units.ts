/** The units by which systemd runs a server's parts. Pure. */
import { join } from 'node:path';
import { nginxPlaces, places } from './places.ts';

export interface UnitFacts {
  /** Whom all parts run as. */
  readonly user: string;
  readonly dataDir: string;
  /** The nginx program, absolute. */
  readonly nginx: string;
}

export interface Unit {
  readonly name: string;
  /** Its file. */
  readonly path: string;
  readonly text: string;
}

/** The file of a unit. */
export function unitFile(name: string): string {
  return join(places.units, name);
}

const unit = (name: string, text: string): Unit => ({ name, path: unitFile(name), text });

/** In the order in which they are started. */
export function unitsOf(facts: UnitFacts): readonly Unit[] {
  return [
    unit('octohost-nginx.service', nginxUnit(facts)),
    unit('octohost-boot.service', bootUnit(facts)),
    unit('octohost-agent.service', agentUnit(facts)),
  ];
}

/** The words after the program: nginx is known by them (nginxRouter, `start: false`). */
function nginxUnit({ user, dataDir, nginx }: UnitFacts): string {
  const { prefix, conf, pidFile, errorLog, statusSocket } = nginxPlaces(dataDir);
  return `[Unit]
Description=octohost: nginx
After=network.target
StartLimitIntervalSec=0

[Service]
Type=forking
User=${user}
# Ports below 1024, and nothing else that ${user} may not do; also after an upgrade, which takes the right off the file.
AmbientCapabilities=CAP_NET_BIND_SERVICE
PIDFile=${pidFile}
# One that was killed leaves it, and no other can listen there.
ExecStartPre=/bin/rm -f ${statusSocket}
ExecStart=${nginx} -p ${prefix} -c ${conf} -e ${errorLog}
# What is being answered is answered to its end, also by the workers of a master that was killed.
KillSignal=SIGQUIT
TimeoutStopSec=70
Restart=always
RestartSec=1

[Install]
WantedBy=multi-user.target
`;
}

function bootUnit({ user }: UnitFacts): string {
  return `[Unit]
Description=octohost: what ran before the boot
Wants=docker.service
After=network.target docker.service octohost-nginx.service

[Service]
Type=oneshot
RemainAfterExit=yes
User=${user}
ExecStart=${places.command} converge
# What it leaves to do in the background is done to its end.
KillMode=process

[Install]
WantedBy=multi-user.target
`;
}

/** The agent's unit, which the guide shows too. */
export function agentUnit({ user }: Pick<UnitFacts, 'user'>): string {
  return `[Unit]
Description=octohost: the agent
After=network.target docker.service octohost-nginx.service octohost-boot.service
# However often it could not begin, it is tried again.
StartLimitIntervalSec=0

[Service]
User=${user}
ExecStart=${places.command} serve
Restart=always
RestartSec=1
# nginx, where the agent started it, serves on when the agent ends.
KillMode=process

[Install]
WantedBy=multi-user.target
`;
}
