/** A machine as it was found, before anything is done to it. */
import type { AccessKey, SiteName } from '../../core/index.ts';
import type { OfferedKey } from '../door/key-source.ts';
import type { Made } from './step.ts';

export interface Host {
  readonly isRoot: boolean;
  /** Debian packages of which programs are missing. */
  readonly missingPackages: readonly string[];
  readonly hasApt: boolean;
  /** Whether systemd runs this machine. */
  readonly systemd: boolean;
  /** Of systemd's units: those that a boot starts, and those that run. */
  readonly enabledUnits: readonly string[];
  readonly activeUnits: readonly string[];
  readonly program: ProgramFacts;
  /** What /usr/local/bin/octo leads to, links followed; absent: it is not there. */
  readonly command?: string;
  readonly user?: UserFacts;
  readonly nginx: NginxFacts;
  readonly config: ConfigFacts;
  /** Files of places.ts and of the units: their texts. */
  readonly files: ReadonlyMap<string, string>;
  readonly folders: ReadonlyMap<string, FolderFacts>;
  /** Absent: nobody can tell, for there is no installation yet. */
  readonly keys?: readonly FoundKey[];
  readonly sites?: readonly SiteName[];
  /** What earlier runs made, oldest first. */
  readonly made: readonly Made[];
}

/** A key that may come in. */
export type FoundKey = Pick<AccessKey, 'name' | 'base64' | 'right'>;

/** This octohost. */
export interface ProgramFacts {
  /** The folder of package.json. */
  readonly root: string;
  /** The command in it. */
  readonly octo: string;
  /** The Node of its own, and whether it is there. */
  readonly node: string;
  readonly hasNode: boolean;
  /** The Node that runs now. */
  readonly runningNode: string;
  /** Folders from / down to the program that others cannot enter, or that others may write to. */
  readonly closed: readonly string[];
  readonly writable: readonly string[];
}

/** The user that octohost runs as. */
export interface UserFacts {
  readonly shell: string;
  readonly groups: readonly string[];
}

export interface NginxFacts {
  /** Absolute; where it is not there yet, where its package puts it. */
  readonly program: string;
  /** Whether everybody may let it listen at ports below 1024. */
  readonly mayListen: boolean;
  /** Whether octohost's own serves. */
  readonly ours: boolean;
  /** Whether something listens at the port of http. */
  readonly portTaken: boolean;
}

/** What counts of the configuration: the one that is there, or the defaults. */
export interface ConfigFacts {
  readonly isThere: boolean;
  readonly user: string;
  readonly dataDir: string;
  readonly httpPort: number;
}

export interface FolderFacts {
  readonly mode: number;
  readonly owner: string;
}

/** A key that is to be let in as the first. */
export interface FirstKey {
  readonly name: AccessKey['name'];
  readonly key: OfferedKey;
}
