/** Looks at the machine, and changes nothing. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveConfig, type SiteName } from '../../core/index.ts';
import { loadConfigFile } from '../config-file.ts';
import { findProgram, programPath } from '../dev/programs.ts';
import { exists } from '../exists.ts';
import { octoCommand, packageRoot } from '../program.ts';
import type {
  ConfigFacts,
  FolderFacts,
  FoundKey,
  Host,
  NginxFacts,
  ProgramFacts,
  UserFacts,
} from './host.ts';
import { nginxPlaces, places } from './places.ts';
import { readMade } from './record.ts';
import { foldersTo, groupsOf, listensAt, shellOf, userName } from './system-files.ts';
import { unitsOf } from './units.ts';

const nginxOfPackage = '/usr/sbin/nginx';

/** @throws E_CONFIG where the configuration that is there cannot be loaded; E_SETUP_RECORD */
export async function lookAtHost(): Promise<Host> {
  const config = await lookAtConfig();
  const [nginx, user, systemd] = await Promise.all([
    lookAtNginx(config),
    lookAtUser(config.user),
    exists('/run/systemd/system'),
  ]);
  const units = unitsOf({ ...config, nginx: nginx.program });
  const names = [
    ...units.map(({ name }) => name),
    'docker.service',
    'ssh.service',
    'ssh.socket',
    'sshd.service',
  ];
  const isInstalled = user !== undefined && config.isThere && (await exists(config.dataDir));
  const command = await realpath(places.command).catch(() => undefined);
  const keys = isInstalled ? await listed<FoundKey>('keys') : undefined;
  const sites = isInstalled ? await listed<SiteName>('sites') : undefined;
  return {
    isRoot: process.getuid?.() === 0,
    missingPackages: (await said('sh', [join(packageRoot, 'cli/bin/setup'), '--missing']))
      .split('\n')
      .filter(Boolean),
    hasApt: await findProgram('apt-get').then(
      () => true,
      () => false,
    ),
    systemd,
    enabledUnits: systemd ? await unitsThatAre('enabled', names) : [],
    activeUnits: systemd ? await unitsThatAre('active', names) : [],
    program: await lookAtProgram(),
    nginx,
    config,
    files: await textsOf([...units.map(({ path }) => path), places.config, nginxPlaces(config.dataDir).conf]),
    folders: await foldersOf([places.folder, config.dataDir]),
    made: await readMade(places.record),
    ...(command === undefined ? {} : { command }),
    ...(user ? { user } : {}),
    ...(keys ? { keys } : {}),
    ...(sites ? { sites } : {}),
  };
}

async function lookAtConfig(): Promise<ConfigFacts> {
  const isThere = await exists(places.config);
  // Where nobody wrote one, it is as one that says nothing.
  const config = isThere
    ? await loadConfigFile(places.config, { added: false })
    : resolveConfig({ plugins: [] }, places.config);
  const { user, dataDir, http } = config;
  return { isThere, user, dataDir, httpPort: http.port };
}

async function lookAtProgram(): Promise<ProgramFacts> {
  const node = join(packageRoot, 'node_modules', 'node', 'bin', 'node');
  const folders = await Promise.all(
    foldersTo(packageRoot).map(async (path) => ({ path, found: await stat(path) })),
  );
  const isWritable = ({ found }: (typeof folders)[number]) => found.uid !== 0 || (found.mode & 0o022) !== 0;
  return {
    root: packageRoot,
    octo: octoCommand,
    node,
    hasNode: await access(node, constants.X_OK).then(
      () => true,
      () => false,
    ),
    runningNode: process.execPath,
    closed: folders.filter(({ found }) => (found.mode & 0o005) !== 0o005).map(({ path }) => path),
    writable: folders.filter(isWritable).map(({ path }) => path),
  };
}

async function lookAtUser(name: string): Promise<UserFacts | undefined> {
  const shell = shellOf(await readFile('/etc/passwd', 'utf8'), name);
  if (shell === undefined) return undefined;
  return { shell, groups: groupsOf(await readFile('/etc/group', 'utf8'), name) };
}

async function lookAtNginx({ dataDir, httpPort }: ConfigFacts): Promise<NginxFacts> {
  const program = await findProgram('nginx').catch(() => nginxOfPackage);
  const pid = (await readFile(nginxPlaces(dataDir).pidFile, 'utf8').catch(() => '')).trim();
  const title = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : '';
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return {
    program,
    mayListen: (await said('getcap', [program])).includes('cap_net_bind_service'),
    ours: title.includes(nginxPlaces(dataDir).prefix),
    portTaken: tables.some((table) => listensAt(table, httpPort)),
  };
}

/** Asked of the command, for only the user of the installation opens its store. Absent where it does not answer. */
async function listed<One>(what: 'keys' | 'sites'): Promise<readonly One[] | undefined> {
  const command = what === 'keys' ? 'keys:list' : 'sites';
  const text = await said(octoCommand, [command, '--json', '--config', places.config]);
  if (!text.startsWith('{')) return undefined;
  return (JSON.parse(text) as Record<string, readonly One[] | undefined>)[what];
}

/** systemctl answers with one word a unit, in their order. */
async function unitsThatAre(
  state: 'enabled' | 'active',
  names: readonly string[],
): Promise<readonly string[]> {
  const answers = await Promise.all(names.map((name) => said('systemctl', [`is-${state}`, name])));
  return names.filter((_, index) => answers[index]?.trim() === state);
}

async function textsOf(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    paths.map(async (path) => [path, await readFile(path, 'utf8').catch(() => undefined)] as const),
  );
  return new Map(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

async function foldersOf(paths: readonly string[]): Promise<ReadonlyMap<string, FolderFacts>> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  const found = await Promise.all(
    paths.map(async (path) => [path, await stat(path).catch(() => undefined)] as const),
  );
  return new Map(
    found.flatMap(([path, facts]) =>
      facts ? [[path, { mode: facts.mode & 0o777, owner: userName(passwd, facts.uid) }]] : [],
    ),
  );
}

/** What a program writes to standard output; nothing where it is not there. */
function said(program: string, words: readonly string[]): Promise<string> {
  const options = { cwd: '/', env: { ...process.env, PATH: programPath(), LC_ALL: 'C.UTF-8' } };
  return new Promise((resolve) => {
    execFile(program, [...words], options, (_error, stdout) => resolve(stdout));
  });
}
