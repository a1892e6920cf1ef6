/** What is said of a push: to the pusher, and to the log that others follow it by. */
import type { Outcome, Reporter, SiteName } from '../../core/index.ts';
import { openDeployLog } from '../deploy-log/write.ts';
import { noAddress } from '../render/outcome.ts';
import { createPeopleReporter } from '../render/people.ts';
import { both, ofSites, silent } from '../render/quiet.ts';
import type { SiteLine } from './updates.ts';

export interface Talk {
  readonly reporter: Reporter;
  say(line: string): void;
  /** Why the push is refused, for the log; the pusher is told when git is. */
  failed(error: unknown): void;
  /** What became of it: where each site answers. */
  conclude(outcomes: readonly Outcome[]): void;
  close(): void;
}

export interface Listener {
  /** Shows the pusher a line. */
  readonly write: (line: string) => void;
  /** Whether the pusher may see what is said of a site: others may be brought along. */
  readonly mayRead: (site: SiteName) => boolean;
  /** Whether the deploy ends with the connection. */
  readonly cancelOnDrop: boolean;
  /** What the pusher was told before. */
  readonly told: readonly SiteLine[];
}

export function openTalk(
  dataDir: string,
  sites: readonly SiteName[],
  { write, mayRead, cancelOnDrop, told }: Listener,
): Talk {
  const log = openDeployLog(dataDir, sites);
  for (const { site, line } of told) log.write(line, site);
  const people = createPeopleReporter({ write, sites });
  const say = (line: string) => {
    write(line);
    log.write(line);
  };
  return {
    reporter: both(ofSites(both(people, interruption(write, cancelOnDrop)), mayRead), log.reporter),
    say,
    failed: (error) => log.fail(error),
    conclude(outcomes) {
      for (const outcome of outcomes) {
        write(lineOf(outcome));
        log.write(lineOf(outcome), outcome.release.site);
      }
    },
    close() {
      people.close();
      log.close();
    },
  };
}

/** What Ctrl-C does, said once, as soon as there is a deploy. It is for who can type it, and no part of the log. */
function interruption(write: (line: string) => void, cancelOnDrop: boolean): Reporter {
  let isSaid = false;
  return {
    ...silent,
    deploy(site) {
      if (!isSaid) write(`       ${interruptionLine(site, cancelOnDrop)}`);
      isSaid = true;
    },
  };
}

function interruptionLine(site: SiteName, cancelOnDrop: boolean): string {
  if (cancelOnDrop) return 'Ctrl-C stops it, as a lost connection does, until it is current.';
  return `Ctrl-C leaves it running: octo attach ${site}, octo cancel ${site}`;
}

function lineOf({ urls, release }: Outcome): string {
  return urls[0]
    ? `Your site is available at: ${urls.join(' ')}`
    : `Release ${release.number} of ${release.site} runs. ${noAddress(release.site)}`;
}
