/** How what the set-up made is taken away again, from its record and what is there now. Pure. */
import type { Host } from './host.ts';
import { nginxPlaces, places } from './places.ts';
import type { Made, Step } from './step.ts';
import { unitFile } from './units.ts';

export interface Undoing {
  /** True: sites go too, with all that they keep. */
  readonly data: boolean;
}

/** In the order in which it is done; nothing where nothing is left that may go. */
export function planUndo(host: Host, { data }: Undoing): Step[] {
  const newest = host.made.toReversed();
  const gone = newest.flatMap((one) => (stays(one, host, data) ? [] : takeAway(one, host)));
  if (host.made.length === 0 || (gone.length === 0 && !data)) return [];
  const units = newest.flatMap((one) => (one.what === 'unit' ? [one.name] : []));
  const reload = units.length === 0 ? [] : [run('tell systemd of it', 'systemctl', 'daemon-reload')];
  return [
    ...(data && host.sites?.length ? [...routerSteps(host), ...siteSteps(host)] : []),
    // What runs is ended before anything is taken away from under it.
    ...(units.length === 0 ? [] : [run('end the units', 'systemctl', 'disable', '--now', ...units)]),
    ...endSteps(host),
    ...gone,
    ...reload,
    ...(data ? [remove(places.record), ...folderSteps(host)] : []),
  ];
}

/** Each removal is a change of routes, and where systemd starts nginx nobody else does. */
function routerSteps({ systemd, files, nginx }: Host): Step[] {
  const name = 'octohost-nginx.service';
  if (!systemd || nginx.ours || !files.has(unitFile(name))) return [];
  return [run('start nginx, which lets go of the sites', 'systemctl', 'restart', name)];
}

function siteSteps({ sites = [], program }: Host): Step[] {
  const config = ['--config', places.config];
  return sites.map((site) =>
    run(
      `remove the site ${site} with its volumes`,
      program.octo,
      'remove',
      site,
      '--yes',
      '--volumes',
      ...config,
    ),
  );
}

function endSteps({ user, config, program }: Host): Step[] {
  if (!user) return [];
  const paths = [program.root, nginxPlaces(config.dataDir).prefix];
  return [
    { do: 'end', title: `end nginx and what else runs here as ${config.user}`, user: config.user, paths },
  ];
}

/** What is not the set-up's to take: data, who owns it, and what others have changed or may use by now. */
function stays(one: Made, { files }: Host, data: boolean): boolean {
  if (one.what === 'packages') return true;
  // Data is of no use without who owns it and the configuration that says where it is.
  if (!data && (one.what === 'user' || one.what === 'folder')) return true;
  if (one.what === 'file') return !data || files.get(one.path) !== one.text;
  // The record lies in it.
  return one.what === 'folder' && one.path === places.folder;
}

function takeAway(one: Made, host: Host): Step[] {
  const step = stepAgainst(one, host);
  return step ? [{ ...step, unmade: one }] : [];
}

function stepAgainst(one: Made, host: Host): Step | undefined {
  switch (one.what) {
    case 'unit':
      return host.files.has(unitFile(one.name)) ? remove(unitFile(one.name)) : undefined;
    case 'link':
      return host.command === host.program.octo ? remove(one.path) : undefined;
    case 'runtime':
      return host.program.hasNode ? remove(one.path) : undefined;
    case 'file':
      return remove(one.path);
    case 'folder':
      return { do: 'remove', title: `remove ${one.path} with all that is in it`, path: one.path, all: true };
    case 'right':
      if (!host.nginx.mayListen) return undefined;
      return run(`take from ${one.program} its right to low ports`, 'setcap', '-r', one.program);
    case 'member':
      if (!host.user?.groups.includes(one.group)) return undefined;
      return run(
        `take ${one.name} out of the group ${one.group}`,
        'gpasswd',
        '--delete',
        one.name,
        one.group,
      );
    case 'user':
      if (!host.user) return undefined;
      // Forced: a container may have a process of the same number, which is no process of this user's.
      return run(`remove the user ${one.name} with its home`, 'userdel', '--force', '--remove', one.name);
    default:
      return undefined;
  }
}

const remove = (path: string): Step => ({ do: 'remove', title: `remove ${path}`, path });
const run = (title: string, ...words: string[]): Step => ({ do: 'run', title, words });

/** With something of somebody's own in it, it stays. */
function folderSteps({ made }: Host): Step[] {
  const isMade = made.some((one) => one.what === 'folder' && one.path === places.folder);
  return isMade
    ? [{ do: 'remove', title: `remove ${places.folder} if it is empty`, path: places.folder }]
    : [];
}

/** What stays, and how it goes. */
export function undoRemarks(host: Host, { data }: Undoing): string[] {
  const { made, config, files } = host;
  if (made.length === 0) return [];
  const packages = made.flatMap((one) => (one.what === 'packages' ? one.names : []));
  const changed = made.flatMap((one) =>
    one.what === 'file' && files.has(one.path) && files.get(one.path) !== one.text ? [one.path] : [],
  );
  const kept = [
    `What sites keep stays: ${config.dataDir}, its owner ${config.user}, ${places.folder}, containers and volumes.`,
    'octo setup brings them back into service; octo setup --undo --data removes them.',
  ];
  const left = ['Packages and their services stay, for others may use them by now. Without them:'];
  return [
    ...(data ? [] : kept),
    ...(data ? changed : []).map((path) => `${path} was changed since, and stays.`),
    ...(packages.length === 0 ? [] : [...left, `    apt-get purge --autoremove ${packages.join(' ')}`]),
  ];
}
