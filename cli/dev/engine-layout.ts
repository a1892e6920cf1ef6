/** Where a private Docker engine keeps what, and how its two programs are started: all pure. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { errors } from './program-errors.ts';

/** The files and names of one engine; all paths are below `dir`. */
export interface EngineLayout {
  dir: string;
  /** Images, containers, volumes: outlives the engine. */
  data: string;
  /** State of what runs. */
  exec: string;
  socket: string;
  /** DOCKER_HOST of this engine. */
  dockerHost: string;
  dockerd: ProgramFiles;
  containerd: ProgramFiles & { socket: string; root: string; state: string };
  /** The bridge its containers are on; the name is the engine's own, as the folder is. */
  bridge: string;
}

interface ProgramFiles {
  config: string;
  log: string;
  /** See processes.ts. */
  record: string;
  /** The program's own pid file. */
  pidFile: string;
}

/** The longest path a Unix socket can have on Linux, in bytes. */
const maxSocketPath = 107;

/**
 * @param dir an absolute path without symbolic links
 * @throws E_ENGINE_FOLDER if sockets or mounts in that folder could not work
 */
export function engineLayout(dir: string): EngineLayout {
  const exec = join(dir, 'exec');
  const longestSocket = join(exec, 'libnetwork', '0123456789ab.sock');
  const excess = Buffer.byteLength(longestSocket) - maxSocketPath;
  if (!dir.startsWith('/') || dir === '/')
    throw errors.E_ENGINE_FOLDER({ dir, problem: 'it is no folder of its own' });
  // Overlay mounts separate folders by colons and options by commas; the rest would need quoting in config files.
  if (!/^[\p{L}\p{N} _./@+=~-]+$/u.test(dir)) {
    throw errors.E_ENGINE_FOLDER({
      dir,
      problem: 'the path has characters other than letters, digits and _ . @ + = ~ -',
    });
  }
  if (excess > 0)
    throw errors.E_ENGINE_FOLDER({ dir, problem: `the path is ${excess} bytes too long for its sockets` });
  const socket = join(dir, 'docker.sock');
  return {
    dir,
    data: join(dir, 'data'),
    exec,
    socket,
    dockerHost: `unix://${socket}`,
    dockerd: programFiles(dir, 'dockerd'),
    containerd: {
      ...programFiles(dir, 'containerd'),
      socket: join(dir, 'containerd.sock'),
      root: join(dir, 'containerd', 'root'),
      state: join(dir, 'containerd', 'state'),
    },
    bridge: `octo${createHash('sha256').update(dir).digest('hex').slice(0, 8)}`,
  };
}

function programFiles(dir: string, program: string): ProgramFiles {
  const file = (ending: string) => join(dir, `${program}${ending}`);
  return { config: file('.conf'), log: file('.log'), record: file('.process.json'), pidFile: file('.pid') };
}

/**
 * An engine of its own: it reads no configuration of the machine's engine, uses no containerd but ours (dockerd
 * would take a system's containerd and share its containers), and leaves bridge, firewall and routing alone.
 */
export function dockerdArguments(engine: EngineLayout): string[] {
  return [
    `--config-file=${engine.dockerd.config}`,
    `--data-root=${engine.data}`,
    `--exec-root=${engine.exec}`,
    `--pidfile=${engine.dockerd.pidFile}`,
    `--host=${engine.dockerHost}`,
    `--containerd=${engine.containerd.socket}`,
    `--bridge=${engine.bridge}`,
    '--iptables=false',
    '--ip6tables=false',
    '--ip-masq=false',
    '--ip-forward=false',
    // A port published without an address is reachable from this machine only.
    '--ip=127.0.0.1',
  ];
}

/** containerd's configuration file: everything below the engine's folder, and no plugin that works outside it. */
export function containerdConfig({ containerd }: EngineLayout): string {
  // What a JSON string escapes, a TOML basic string escapes the same way.
  const quoted = JSON.stringify;
  return `version = 2
root = ${quoted(containerd.root)}
state = ${quoted(containerd.state)}
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]

[grpc]
  address = ${quoted(containerd.socket)}
`;
}

/** True for the command line of a process of this engine: its dockerd, its containerd, or a container's shim. */
export function belongsToEngine(engine: EngineLayout, argv: readonly string[]): boolean {
  const own = [`--exec-root=${engine.exec}`, engine.containerd.config, engine.containerd.socket];
  return argv.some((argument) => own.includes(argument));
}
