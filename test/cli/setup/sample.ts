/** Machines as the set-up may find them. */
import type { Host } from '../../../cli/setup/host.ts';
import { places } from '../../../cli/setup/places.ts';
import { planSetup, type Wanted } from '../../../cli/setup/plan.ts';
import { type Step, withMade, withoutMade } from '../../../cli/setup/step.ts';
import { planUndo } from '../../../cli/setup/undo.ts';
import { unitsOf } from '../../../cli/setup/units.ts';
import { parseDomain, parseKeyName } from '../../../core/index.ts';

export const root = '/opt/octohost';
export const base64 = 'AAAAC3NzaC1lZDI1NTE5AAAAIPGgrTn7Ms1wBzEwSM8pBc5RLbQGCHTkdqNkGSmPCjGB';

export const wanted: Wanted = {
  domainSuffix: parseDomain('apps.example.com'),
  key: {
    name: parseKeyName('alice'),
    key: { type: 'ssh-ed25519', base64, comment: 'alice@laptop', fingerprint: 'SHA256:abc' },
  },
};

/** Nothing but Debian, with the tarball unpacked. */
export const fresh: Host = {
  isRoot: true,
  missingPackages: ['docker.io', 'nginx-light', 'openssh-server'],
  hasApt: true,
  systemd: true,
  enabledUnits: [],
  activeUnits: [],
  program: {
    root,
    octo: `${root}/cli/bin/octo`,
    node: `${root}/node_modules/node/bin/node`,
    hasNode: true,
    runningNode: `${root}/node_modules/node/bin/node`,
    closed: [],
    writable: [],
  },
  nginx: { program: '/usr/sbin/nginx', mayListen: false, ours: false, portTaken: false },
  config: { isThere: false, user: 'git', dataDir: '/var/lib/octohost', httpPort: 80 },
  files: new Map(),
  folders: new Map(),
  made: [],
};

/** The machine as it is once a step has been done, as far as a plan looks at it. */
export function after(host: Host, step: Step): Host {
  const made = step.made
    ? withMade(host.made, step.made)
    : step.unmade
      ? withoutMade(host.made, step.unmade)
      : host.made;
  return { ...changed(host, step), made };
}

export const allAfter = (host: Host, steps: readonly Step[]) => steps.reduce(after, host);
export const setUp = (host: Host) => allAfter(host, planSetup(host, wanted));
export const undone = (host: Host, data: boolean) => allAfter(host, planUndo(host, { data }));

function changed(host: Host, step: Step): Host {
  switch (step.do) {
    case 'packages':
      return { ...host, missingPackages: [] };
    case 'copy':
      return { ...host, program: { ...host.program, hasNode: true } };
    case 'link':
      return { ...host, command: step.to };
    case 'folder':
      return {
        ...host,
        folders: new Map([...host.folders, [step.path, { mode: step.mode, owner: step.owner }]]),
      };
    case 'file':
      return withFile(host, step.path, step.text);
    case 'remove':
      return without(host, step.path);
    case 'run':
      return ran(host, step);
    default:
      return { ...host, nginx: { ...host.nginx, ours: false } };
  }
}

function withFile(host: Host, path: string, text: string): Host {
  const config = path === places.config ? { ...host.config, isThere: true } : host.config;
  return { ...host, config, files: new Map([...host.files, [path, text]]) };
}

function without(host: Host, path: string): Host {
  const isBelow = (file: string) => file === path || file.startsWith(`${path}/`);
  const files = new Map([...host.files].filter(([file]) => !isBelow(file)));
  const folders = new Map(host.folders);
  folders.delete(path);
  const config = path === places.config ? { ...host.config, isThere: false } : host.config;
  const { command, ...rest } = host;
  const kept = path === places.command || command === undefined ? {} : { command };
  const program = path === host.program.node ? { ...host.program, hasNode: false } : host.program;
  return { ...rest, ...kept, files, folders, config, program };
}

function ran(host: Host, step: Extract<Step, { do: 'run' }>): Host {
  const [program = '', ...words] = step.words;
  const last = words.at(-1) ?? '';
  if (program === 'useradd') return { ...host, user: { shell: '/bin/sh', groups: [] } };
  if (program === 'usermod') return { ...host, user: { shell: '/bin/sh', groups: ['docker'] } };
  if (program === 'gpasswd') return { ...host, user: { shell: '/bin/sh', groups: [] } };
  if (program === 'setcap') return { ...host, nginx: { ...host.nginx, mayListen: words[0] !== '-r' } };
  if (program === 'userdel') {
    const { user: _, ...rest } = host;
    return rest;
  }
  if (program === 'systemctl') return units(host, words);
  if (words[0] === 'keys:add')
    return { ...host, keys: [{ name: parseKeyName(words[1] ?? ''), base64, right: 'admin' }] };
  if (words[0] === 'converge') return withFile(host, step.orFile ?? last, 'events {}');
  if (words[0] === 'remove')
    return { ...host, sites: (host.sites ?? []).filter((site) => site !== words[1]) };
  throw new Error(`What does ${step.words.join(' ')} do?`);
}

function units(host: Host, [verb = '', ...words]: readonly string[]): Host {
  const names = words.filter((word) => word.endsWith('.service'));
  const others = (list: readonly string[]) => list.filter((name) => !names.includes(name));
  if (verb === 'daemon-reload') return host;
  if (verb === 'disable')
    return { ...host, enabledUnits: others(host.enabledUnits), activeUnits: others(host.activeUnits) };
  const enabledUnits = verb === 'enable' ? [...others(host.enabledUnits), ...names] : host.enabledUnits;
  const runs = verb === 'restart' || words.includes('--now');
  return {
    ...host,
    enabledUnits,
    activeUnits: runs ? [...others(host.activeUnits), ...names] : host.activeUnits,
  };
}

export const unitsOfHost = (host: Host) => unitsOf({ ...host.config, nginx: host.nginx.program });
