/** What a machine still lacks to be a server, from what it was found to be. Pure. */
import type { Domain } from '../../core/index.ts';
import { configText } from './config-text.ts';
import type { FirstKey, Host } from './host.ts';
import { nginxPlaces, places } from './places.ts';
import type { Step } from './step.ts';
import { runsCommands } from './system-files.ts';
import { type Unit, unitsOf } from './units.ts';
import { withoutSystemd } from './without-systemd.ts';

export interface Wanted {
  readonly domainSuffix: Domain;
  /** The first administrator's. */
  readonly key?: FirstKey;
}

/** Services of the system that a server needs; of several names of one the first is enabled. */
const systemServices = [['docker.service'], ['ssh.service', 'ssh.socket', 'sshd.service']] as const;

/** In the order in which they are done; none where all is there. */
export function planSetup(host: Host, wanted: Wanted): Step[] {
  return [
    // What is made is written down there, so it comes first.
    ...missingFolder(places.folder, 0o755, 'root', host.folders.has(places.folder)),
    ...packageSteps(host),
    ...programSteps(host),
    ...userSteps(host),
    ...fileSteps(host, wanted),
    ...rightSteps(host),
    ...(host.systemd ? serviceSteps(host) : []),
    ...keySteps(host, wanted),
    ...(host.systemd ? unitSteps(host) : []),
  ];
}

function packageSteps({ missingPackages: names }: Host): Step[] {
  if (names.length === 0) return [];
  const title = `install the packages ${names.join(', ')}`;
  return [{ do: 'packages', title, made: { what: 'packages', names } }];
}

function programSteps({ program, command }: Host): Step[] {
  const { node, runningNode, octo } = program;
  const copy: Step = {
    do: 'copy',
    title: `keep this Node.js beside the program, as ${node}`,
    from: runningNode,
    path: node,
    made: { what: 'runtime', path: node },
  };
  const link: Step = {
    do: 'link',
    title: `make the command ${places.command}`,
    path: places.command,
    to: octo,
    made: { what: 'link', path: places.command },
  };
  return [...(program.hasNode ? [] : [copy]), ...(command === octo ? [] : [link])];
}

function userSteps({ user, config }: Host): Step[] {
  const name = config.user;
  // Nothing is kept from root.
  if (name === 'root') return [];
  const steps: Step[] = [];
  if (!user)
    steps.push({
      do: 'run',
      title: `make the user ${name}, whom only keys let in`,
      words: ['useradd', '--system', '--user-group', '--create-home', '--home-dir', `/home/${name}`].concat(
        // sshd runs a key's command by it; no password fits.
        ['--shell', '/bin/sh', '--password', '*', name],
      ),
      made: { what: 'user', name },
    });
  if (!user?.groups.includes('docker'))
    steps.push({
      do: 'run',
      title: `let ${name} use Docker`,
      words: ['usermod', '--append', '--groups', 'docker', name],
      made: { what: 'member', name, group: 'docker' },
    });
  return steps;
}

function fileSteps({ config, folders, systemd }: Host, { domainSuffix }: Wanted): Step[] {
  const { user, dataDir } = config;
  const steps: Step[] = [];
  const text = configText({ domainSuffix, systemd });
  if (!config.isThere)
    steps.push({
      do: 'file',
      title: `write ${places.config}: sites answer below ${domainSuffix}`,
      path: places.config,
      text,
      made: { what: 'file', path: places.config, text },
    });
  const data = folders.get(dataDir);
  return [...steps, ...missingFolder(dataDir, 0o700, user, data?.owner === user)];
}

function missingFolder(path: string, mode: number, owner: string, isThere: boolean): Step[] {
  if (isThere) return [];
  const title = `make the folder ${path} of ${owner}`;
  return [{ do: 'folder', title, path, mode, owner, made: { what: 'folder', path } }];
}

function serviceSteps({ enabledUnits, activeUnits }: Host): Step[] {
  const runs = (name: string) => enabledUnits.includes(name) && activeUnits.includes(name);
  return systemServices
    .filter((names) => !names.some(runs))
    .map(([name]) => ({
      do: 'run',
      title: `start ${name}, now and at each boot`,
      words: ['systemctl', 'enable', '--now', name],
    }));
}

/** Each deploy has nginx try its configuration, and so bind its ports; what a unit may do, only what it starts may do. */
function rightSteps({ nginx, config }: Host): Step[] {
  if (config.httpPort >= 1024 || nginx.mayListen || config.user === 'root') return [];
  const { program } = nginx;
  return [
    {
      do: 'run',
      title: `let ${program} listen at port ${config.httpPort} whoever runs it`,
      words: ['setcap', 'cap_net_bind_service=+ep', program],
      made: { what: 'right', program },
    },
  ];
}

function keySteps({ keys, program }: Host, { key }: Wanted): Step[] {
  if (!key || keys?.some(({ name, base64, right }) => isThis(key, name, base64) && right === 'admin'))
    return [];
  return [
    {
      do: 'run',
      title: `let in ${key.name} as an administrator, with the key ${key.key.fingerprint}`,
      words: [program.octo, 'keys:add', key.name, '--admin', '--config', places.config],
      input: `${key.key.type} ${key.key.base64} ${key.name}\n`,
    },
  ];
}

function isThis(first: FirstKey, name: string, base64: string): boolean {
  return first.name === name && first.key.base64 === base64;
}

function unitSteps({ config, nginx, program, files, enabledUnits, activeUnits }: Host): Step[] {
  const units = unitsOf({ ...config, nginx: nginx.program });
  const stale = units.filter(({ path, text }) => files.get(path) !== text);
  const isIdle = ({ name }: Unit) => !enabledUnits.includes(name) || !activeUnits.includes(name);
  const names = units.filter((unit) => stale.includes(unit) || isIdle(unit)).map(({ name }) => name);
  if (names.length === 0) return [];
  const written: Step[] = stale.map(({ name, path, text }) => {
    return { do: 'file', title: `write the unit ${path}`, path, text, made: { what: 'unit', name } };
  });
  const { conf } = nginxPlaces(config.dataDir);
  const routes: Step = {
    do: 'run',
    title: 'write the configuration of nginx',
    // It ends badly as long as nginx does not run, which its unit starts with what is written here.
    words: [program.octo, 'converge', '--quiet', '--config', places.config],
    orFile: conf,
  };
  return [
    ...written,
    ...(stale.length === 0 ? [] : [systemctl('tell systemd of the units', 'daemon-reload')]),
    ...(files.has(conf) ? [] : [routes]),
    systemctl(`have each boot start ${names.join(', ')}`, 'enable', ...names),
    systemctl('start them now', 'restart', ...names),
  ];
}

function systemctl(title: string, ...words: string[]): Step {
  return { do: 'run', title, words: ['systemctl', ...words] };
}

/** Why nothing is begun: each with what mends it. */
export function problemsOf(host: Host): string[] {
  const { program, command, user, config, nginx, missingPackages } = host;
  const { root } = program;
  const foreign = command !== undefined && command !== program.octo;
  const noShell = user !== undefined && !runsCommands(user.shell);
  const blocked: readonly (readonly [boolean, string])[] = [
    [!host.isRoot, 'Only root can set up a server: sudo octo setup'],
    [
      missingPackages.length > 0 && !host.hasApt,
      `There is no apt-get here, and these are missing: ${missingPackages.join(', ')}. Install them by hand.`,
    ],
    [
      program.closed.length > 0,
      `The user ${config.user} cannot enter ${program.closed.join(', ')}. Put ${root} where all can read it: ${suggestedPlace(root)}`,
    ],
    [
      program.writable.length > 0,
      `Others than root may write to ${program.writable.join(', ')}, and so change the program. chown -R root: and chmod go-w mend it.`,
    ],
    [foreign, `${places.command} is another program (${command}). Take it away, or run its octo setup.`],
    [noShell, `The shell of ${config.user} runs no commands: usermod --shell /bin/sh ${config.user}`],
    [
      nginx.portTaken && !nginx.ours,
      `Port ${config.httpPort} is in use; ss -ltnp shows by what. End it (systemctl disable --now nginx, say), or write another http.port into ${places.config}.`,
    ],
  ];
  return blocked.filter(([is]) => is).map(([, problem]) => problem);
}

function suggestedPlace(root: string): string {
  return `mv ${root} /opt/octohost`;
}

/** What is left to whoever runs it, once all is there. */
export function remarksOf(host: Host, wanted: Wanted): string[] {
  const { config, keys = [], systemd } = host;
  const lines: string[] = [];
  if (!systemd) lines.push(...withoutSystemd);
  if (!wanted.key && keys.length === 0)
    lines.push('Nobody can push yet: octo keys:add NAME --admin < key.pub');
  if (!config.isThere && wanted.domainSuffix === 'localhost')
    lines.push(
      `Sites answer below localhost, for this machine alone: write domainSuffix into ${places.config}`,
    );
  return [...lines, `Push a site: git push ${config.user}@HOST:SITE.git main`];
}
