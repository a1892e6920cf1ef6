/** A private instance and git clients for one file of cases; after each case refs and releases are compared. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, onTestFinished } from 'vitest';
import { connectDocker } from '../../cli/dev/docker-connection.ts';
import { sshCommand } from '../../cli/dev/instance-files.ts';
import { waitUntil } from '../../cli/dev/wait.ts';
import { openFromFile } from '../../cli/open-engine.ts';
import type { Engine, SiteName } from '../../core/index.ts';
import {
  committer,
  octoPath,
  type PrivateInstance,
  privateInstance,
  type Ran,
  ran,
  writeFiles,
} from '../helpers/private-instance.ts';
import { disagreements, type Facts, type Refs, type SiteFacts } from './agreement.ts';
import { type Said, transcript } from './transcript.ts';

/** Somebody's clone. */
export interface Client {
  readonly path: string;
  git(...words: string[]): Promise<Ran>;
  /** Commits all of the folder with these files written; null takes one away. Returns the revision. */
  commit(files: Record<string, string | null>, message?: string): Promise<string>;
  /** `git push <the site's address> …`; a push that is refused must have changed nothing. */
  push(site: string, ...words: string[]): Promise<Ran>;
  /** The same, without the comparison: another push may change the same things. */
  start(site: string, ...words: string[]): Running;
  revision(name?: string): Promise<string>;
}

/** A command that may still run. */
export interface Running {
  readonly done: Promise<Ran>;
  /** What it has said so far. */
  said(): string;
  /** Resolves when it has said something like that; throws when it ends before. */
  says(what: RegExp): Promise<RegExpExecArray>;
}

export interface Gate {
  /** Resolves when the deploy waits there. */
  reached(): Promise<void>;
  open(): Promise<void>;
}

export interface Lab {
  readonly host: PrivateInstance;
  readonly engine: Engine;
  url(site: string): string;
  /** How git reaches the instance, with no settings of this machine's. */
  readonly environment: NodeJS.ProcessEnv;
  /** A new repository, empty, on the branch main. */
  client(options?: { format?: 'sha1' | 'sha256'; environment?: NodeJS.ProcessEnv }): Promise<Client>;
  /** The client of a repository that is there already. */
  clientOf(path: string, environment?: NodeJS.ProcessEnv): Client;
  octo(words: readonly string[], input?: string): Promise<Ran>;
  startOcto(...words: string[]): Running;
  /** Lets deploys of the site wait at a hook. */
  hold(hook: 'received' | 'built' | 'routed', site: string): Promise<Gate>;
  facts(): Promise<Facts>;
  refs(repository: string): Promise<Refs>;
  site(site: string): Promise<SiteFacts | undefined>;
  body(site: string): Promise<string>;
  /** Names of all repositories, also of those without a name yet. */
  repositories(): Promise<string[]>;
  /** Ids of all containers of a site. */
  containers(site: string): Promise<string[]>;
  /** Ids of all images of a site. */
  images(site: string): Promise<string[]>;
  /** A path in the lab's own folder. */
  path(...names: string[]): string;
}

/** Registers set-up, comparison and clean-up for the file that calls it. */
export function gitLab(): Lab {
  let host: PrivateInstance;
  let engine: Engine;
  let clients = 0;
  const said: Said[] = [];
  const touched = new Set<string>();
  const told = new Set<string>();
  const gates = () => join(host.dir, 'i', 'gates');
  const bare = (name: string) => join(host.dir, 'i', 'data', 'repositories', `${name}.git`);

  beforeAll(async () => {
    host = await privateInstance({ config: fileURLToPath(new URL('lab.config.ts', import.meta.url)) });
    engine = await openFromFile(host.instance.configFile);
    await mkdir(gates());
  });
  afterEach(async ({ task }) => {
    for (const gate of await readdir(gates())) await rm(join(gates(), gate));
    const facts = await lab.facts();
    process.stdout.write(`${transcript(`${task.suite?.name ?? ''} ${task.name}`, said, facts, touched)}\n`);
    said.length = 0;
    touched.clear();
    // Each is told once: by the case that made it.
    const found = disagreements(facts).filter((line) => !told.has(line));
    for (const line of found) told.add(line);
    expect(found, 'refs and releases agree').toEqual([]);
  });
  afterAll(async () => {
    await engine?.close();
    await host?.dispose();
  });

  const note = async (command: string, running: Promise<Ran>): Promise<Ran> => {
    const done = await running;
    const shown = command.replaceAll(/ssh:\/\/\S+\//g, '').replaceAll(host.dir, '…');
    said.push({ command: shown, code: done.code, text: `${done.stdout}\n${done.stderr}` });
    return done;
  };

  const lab: Lab = {
    get host() {
      return host;
    },
    get engine() {
      return engine;
    },
    url(site) {
      touched.add(site);
      return host.instance.pushUrl.replace('{site}', site);
    },
    get environment() {
      return {
        ...process.env,
        ...committer,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_SSH_COMMAND: sshCommand(host.instance),
        LC_ALL: 'C.UTF-8',
      };
    },
    async client({ format = 'sha1', environment } = {}) {
      const path = join(host.dir, `client-${++clients}`);
      execFileSync('git', ['init', '-q', '--initial-branch=main', `--object-format=${format}`, path]);
      return lab.clientOf(path, environment);
    },
    clientOf: (path, environment = lab.environment) => clientOf(lab, path, environment, note),
    octo(words, input) {
      const env = { ...process.env, OCTOHOST_CONFIG: host.instance.configFile };
      const running = ran(octoPath, words, { cwd: host.dir, env, ...(input === undefined ? {} : { input }) });
      return note(`octo ${words.join(' ')}`, running);
    },
    startOcto(...words) {
      const env = { ...process.env, OCTOHOST_CONFIG: host.instance.configFile };
      const running = start(octoPath, words, { cwd: host.dir, env });
      return { ...running, done: note(`octo ${words.join(' ')}`, running.done) };
    },
    async hold(hook, site) {
      const gate = join(gates(), `${hook}-${site}`);
      await writeFile(gate, '');
      return {
        reached: () => until(`the deploy of ${site} waits at ${hook}`, () => existsSync(`${gate}.reached`)),
        async open() {
          await rm(gate, { force: true });
          await rm(`${gate}.reached`, { force: true });
        },
      };
    },
    async facts() {
      const named = (await lab.repositories()).filter((name) => !name.startsWith('.'));
      const refs = await Promise.all(named.map(async (name) => [name, await lab.refs(name)] as const));
      const names = await engine.sites();
      const sites = await Promise.all(
        names.map(async (name) => [name, await factsOf(engine, name)] as const),
      );
      return { repositories: Object.fromEntries(refs), sites: Object.fromEntries(sites) };
    },
    refs: (repository) => refsOf(bare(repository)),
    site: async (site) => (await lab.facts()).sites[site],
    body: async (site) => (await host.get(site)).body,
    async repositories() {
      const names = await readdir(join(bare(''), '..')).catch(() => []);
      return names.map((name) => name.replace(/\.git$/, '')).toSorted();
    },
    async containers(site) {
      const docker = await connectDocker(host.instance.dockerHost);
      const found = await docker.listContainers({ all: true, filters: await ofSite(engine, site) });
      return found.map(({ Id }) => Id).toSorted();
    },
    async images(site) {
      const docker = await connectDocker(host.instance.dockerHost);
      const found = await docker.listImages({ filters: await ofSite(engine, site) });
      return found.map(({ Id }) => Id).toSorted();
    },
    path: (...names) => join(host.dir, ...names),
  };
  return lab;
}

function clientOf(
  lab: Lab,
  path: string,
  env: NodeJS.ProcessEnv,
  note: (command: string, running: Promise<Ran>) => Promise<Ran>,
): Client {
  const quiet = async (...words: string[]) => {
    const done = await ran('git', words, { cwd: path, env });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    return done.stdout.trim();
  };
  const git = (...words: string[]) => note(`git ${words.join(' ')}`, ran('git', words, { cwd: path, env }));
  return {
    path,
    git,
    async commit(files, message = 'A change') {
      const written = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== null);
      await writeFiles(path, Object.fromEntries(written));
      for (const [name, content] of Object.entries(files))
        if (content === null) await rm(join(path, name), { recursive: true, force: true });
      await quiet('add', '-A');
      await quiet('commit', '-q', '--allow-empty', '-m', message);
      return quiet('rev-parse', 'HEAD');
    },
    async push(site, ...words) {
      const before = await lab.facts();
      const done = await git('push', lab.url(site), ...words);
      if (done.code !== 0) expect(await lab.facts(), 'after a refused push').toEqual(before);
      return done;
    },
    start(site, ...words) {
      const all = ['push', lab.url(site), ...words];
      const running = start('git', all, { cwd: path, env });
      return { ...running, done: note(`git ${all.join(' ')}`, running.done) };
    },
    revision: (name = 'HEAD') => quiet('rev-parse', name),
  };
}

function start(
  program: string,
  words: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Running {
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill());
  const text = { stdout: '', stderr: '' };
  let ended = false;
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (data: string) => {
      text[name] += data;
    });
  const done = new Promise<Ran>((resolve) => {
    child.on('close', (code) => {
      ended = true;
      resolve({ code: code ?? 255, ...text });
    });
  });
  const said = () => `${text.stdout}\n${text.stderr}`;
  return {
    done,
    said,
    async says(what) {
      await until(`${what} is said`, () => ended || what.test(said()));
      const found = new RegExp(what).exec(said());
      if (!found) throw new Error(`it ended without ${what}:\n${said()}`);
      return found;
    },
  };
}

/** Waits for something that happens in another process. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  expect(await waitUntil(condition, { timeoutMs: 30_000 }), what).toBe(true);
}

async function ofSite(engine: Engine, site: string) {
  return { label: [`octohost.installation=${await engine.installation()}`, `octohost.site=${site}`] };
}

async function factsOf(engine: Engine, site: SiteName): Promise<SiteFacts> {
  const [{ state }, current, releases] = await Promise.all([
    engine.status(site),
    engine.current(site),
    engine.releases(site),
  ]);
  return {
    state,
    ...(current ? { current: current.number } : {}),
    releases: releases.map(({ number, reason, revision }) => ({
      number,
      reason,
      ...(revision ? { revision } : {}),
    })),
  };
}

async function refsOf(path: string): Promise<Refs> {
  const { stdout } = await ran('git', ['-C', path, 'for-each-ref', '--format=%(refname) %(objectname)']);
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ') as [string, string]),
  );
}
