/** Keeps what a deploy says, so that it can be followed by others and shown again. Never stops a deploy. */
import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isOctohostError, keptDeploys, type Reporter } from '../../core/index.ts';
import { failureLines } from '../render/failure.ts';
import { createPeopleReporter, type PeopleReporter } from '../render/people.ts';
import { type LoggedDeploy, logFiles, logFolder, tooOld } from './place.ts';

export interface DeployLog {
  /** To be told what happens, beside whoever asked for it. */
  readonly reporter: Reporter;
  /** A line that no step says: of one site, or of the operation as a whole. */
  write(line: string, site?: string): void;
  /** Why the operation failed. */
  fail(error: unknown): void;
  /** The operation is over: who follows it reads to the end and stops. */
  close(): void;
}

/**
 * The logs of one operation, one for each of its sites: who may read one of them must not read the others. A file is
 * made when the deploy of its site is told.
 */
export function openDeployLog(dataDir: string, sites: readonly string[]): DeployLog {
  const logs = new Map<string, SiteLog>();
  const of = (site: string): SiteLog => {
    const log = logs.get(site) ?? openSiteLog(dataDir, site);
    logs.set(site, log);
    return log;
  };
  sites.forEach(of);
  const concerned = (site: string | undefined) => (site === undefined ? [...logs.values()] : [of(site)]);
  return {
    reporter: {
      deploy(site, deploy) {
        of(site).file.add({ site, deploy });
        of(site).reporter.deploy(site, deploy);
      },
      begin: (site, step) => of(site).reporter.begin(site, step),
      end: (site, step, milliseconds) => of(site).reporter.end(site, step, milliseconds),
      output: (site, line) => of(site).reporter.output(site, line),
      warn: (site, line) => of(site).reporter.warn(site, line),
    },
    write(line, site) {
      for (const { file } of concerned(site)) file.write(line);
    },
    fail(error) {
      const place = isOctohostError(error) ? error.site : undefined;
      for (const [site, { file }] of logs)
        for (const line of place === undefined || place === site ? failureLines(error) : elsewhere)
          file.write(line);
    },
    close() {
      for (const { file, reporter } of logs.values()) {
        reporter.close();
        file.close();
      }
    },
  };
}

/** What the other sites of a push are told of a failure. */
const elsewhere = ['Another site of the same push failed, so nothing of it became current.'];

interface SiteLog {
  readonly file: LogFile;
  readonly reporter: PeopleReporter;
}

function openSiteLog(dataDir: string, site: string): SiteLog {
  const file = new LogFile(dataDir);
  return { file, reporter: createPeopleReporter({ write: (line) => file.write(line), sites: [site] }) };
}

/** The file of one deploy. */
class LogFile {
  readonly #dataDir: string;
  #deploy: LoggedDeploy | undefined;
  /** What was said before the deploy had an id: whom it waited for. */
  #early = '';
  #descriptor: number | undefined;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  add(deploy: LoggedDeploy): void {
    this.#deploy = deploy;
    attempt(() => {
      const { running } = logFiles(this.#dataDir, deploy);
      const folder = logFolder(this.#dataDir, deploy.site);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      this.#descriptor = openSync(running, 'ax', 0o600);
      for (const name of tooOld(readdirSync(folder), keptDeploys))
        rmSync(join(folder, name), { force: true });
    });
    this.#append(this.#early);
    this.#early = '';
  }

  write(line: string): void {
    if (this.#deploy) this.#append(`${line}\n`);
    else this.#early += `${line}\n`;
  }

  #append(text: string): void {
    const descriptor = this.#descriptor;
    if (descriptor !== undefined && text !== '') attempt(() => writeSync(descriptor, text));
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor === undefined) return;
    const { running, whole } = logFiles(this.#dataDir, this.#deploy as LoggedDeploy);
    attempt(() => closeSync(descriptor));
    attempt(() => renameSync(running, whole));
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
