/** An engine on in-memory roles, as the tests of the engine use it. */
import { type Config, resolveConfig } from '../../core/config.ts';
import type { Engine, Operation } from '../../core/engine-interface.ts';
import type { SiteName } from '../../core/grammar.ts';
import { openEngine, systemClock } from '../../core/open.ts';
import type { Plugin } from '../../core/plugin.ts';
import type { Push } from '../../core/source.ts';
import type { Clock, Reporter } from '../../core/world.ts';
import {
  type MemoryPluginsOptions,
  type MemoryRoles,
  memoryPlugins,
  memoryRoles,
} from '../testing/memory-plugins.ts';
import { memoryTree } from '../testing/memory-tree.ts';
import { type Recorder, recorder } from '../testing/recorder.ts';

export interface TestEngine {
  readonly engine: Engine;
  readonly roles: MemoryRoles;
  readonly recorder: Recorder;
  /** Everything that was reported, in order: `step`, `warn …`. */
  readonly told: string[];
  operation(more?: Partial<Operation>): Operation;
  /** A second engine on the same roles: another process of the same installation. */
  another(): TestEngine;
  dispose(): Promise<void>;
}

type Configured = Pick<Config, 'allow' | 'builds' | 'dataDir' | 'defaults' | 'limits' | 'releases'>;

const config = (plugins: readonly Plugin[], configured: Configured) =>
  resolveConfig(
    { plugins, domainSuffix: 'example.com', http: { port: 80 }, ...configured },
    '/nowhere/octohost.config.ts',
  );

/** What an engine in a test has around it. */
interface Surrounded extends Configured {
  /** Plugins after the in-memory ones. */
  readonly more?: readonly Plugin[];
  /** The system's by default. */
  readonly clock?: Clock;
  /** Whether a process lives; all do by default. */
  readonly isAlive?: (pid: number) => boolean;
}

export function testEngine(given: MemoryPluginsOptions & Surrounded = {}): TestEngine {
  const {
    more = [],
    allow = [],
    builds = {},
    // Only secrets need a folder.
    dataDir = '/nowhere',
    defaults = {},
    limits = {},
    releases = {},
    clock = systemClock,
    isAlive = () => true,
    ...options
  } = given;
  const { publisher, ...rest } = options;
  const roles = memoryRoles({ ...rest, ...(publisher ? { publisher } : {}) });
  const surroundings = { more, allow, builds, dataDir, defaults, limits, releases, clock, isAlive };
  return open(roles, publisher === undefined ? false : publisher, surroundings);
}

function open(
  roles: MemoryRoles,
  publisher: false | MemoryRoles['publisher'],
  surroundings: Required<Surrounded>,
): TestEngine {
  const { more, clock, isAlive, ...configured } = surroundings;
  const events = recorder();
  const told: string[] = [];
  const reporter: Reporter = {
    deploy: () => {},
    begin: () => {},
    end: (site, step) => void told.push(`${site} ${step}`),
    output: (site, line) => void told.push(`${site} says: ${line}`),
    warn: (site, line) => void told.push(`${site} warn: ${line}`),
  };
  const { publisher: _, ...others } = roles;
  const engine = openEngine({
    config: config([...memoryPlugins({ ...others, publisher }), events, ...more], configured),
    environment: {},
    clock,
    process: { version: '0.0.0', pid: process.pid, host: 'test', cores: 2, isAlive },
  });
  return {
    engine,
    roles,
    recorder: events,
    told,
    operation: (change = {}) => ({
      actor: 'me',
      signal: new AbortController().signal,
      reporter,
      waitSeconds: 20,
      ...change,
    }),
    another: () => open(roles, publisher, surroundings),
    async dispose() {
      await engine.close();
      await roles.runtime.dispose();
    },
  };
}

/** A push of files; each content is an image of its own. */
export function push(site: SiteName, files: Record<string, string> = {}): Push {
  return {
    site,
    source: { kind: 'tree', tree: memoryTree({ Dockerfile: 'FROM scratch\nEXPOSE 8080\n', ...files }) },
  };
}
