/** Keeps what a deploy says, so that it can be followed by others and shown again. Never stops a deploy. */
import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { keptDeploys, type Reporter } from '../../core/index.ts';
import { createPeopleReporter } from '../render/people.ts';
import { type LoggedDeploy, logFiles, logFolder, tooOld } from './place.ts';

export interface DeployLog {
  /** To be told what happens, beside whoever asked for it. */
  readonly reporter: Reporter;
  /** A line that no step says: where the site answers, why it failed. */
  write(line: string): void;
  /** The operation is over: who follows it reads to the end and stops. */
  close(): void;
}

/**
 * The log of one operation. Its file is made when the first of its deploys is told; the deploys of one push share it.
 * @param sites of the operation; with more than one, each line begins with its site
 */
export function openDeployLog(dataDir: string, sites: readonly string[]): DeployLog {
  const file = new LogFile(dataDir);
  const reporter = createPeopleReporter({ write: (line) => file.write(line), sites });
  return {
    reporter: {
      ...reporter,
      deploy(site, deploy) {
        file.add({ site, deploy });
        reporter.deploy(site, deploy);
      },
    },
    write: (line) => file.write(line),
    close() {
      reporter.close();
      file.close();
    },
  };
}

class LogFile {
  readonly #dataDir: string;
  readonly #deploys: LoggedDeploy[] = [];
  /** What was said before the first deploy had an id: whom it waited for. */
  #early = '';
  #descriptor: number | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  add(deploy: LoggedDeploy): void {
    attempt(() => {
      const { running } = logFiles(this.#dataDir, deploy);
      const [first] = this.#deploys;
      const folder = logFolder(this.#dataDir, deploy.site);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (first) linkSync(logFiles(this.#dataDir, first).running, running);
      else this.#descriptor = openSync(running, 'ax', 0o600);
      this.#deploys.push(deploy);
      for (const name of tooOld(readdirSync(folder), keptDeploys))
        rmSync(join(folder, name), { force: true });
    });
    this.#append(this.#early);
    this.#early = '';
  }

  write(line: string): void {
    if (this.#deploys.length === 0) this.#early += `${line}\n`;
    else this.#append(`${line}\n`);
  }

  #append(text: string): void {
    const descriptor = this.#descriptor;
    if (descriptor !== undefined && text !== '') attempt(() => writeSync(descriptor, text));
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return;
    attempt(() => closeSync(descriptor));
    for (const deploy of this.#deploys) {
      const { running, whole } = logFiles(this.#dataDir, deploy);
      attempt(() => renameSync(running, whole));
    }
  }
}

/** A disk that is full, or a folder that is gone, costs the log and not the deploy. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Who asked for the deploy was told the same lines.
  }
}
