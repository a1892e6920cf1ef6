/** What is said of a push: to the pusher, and to the log that others follow it by. */
import type { Outcome, Reporter, SiteName } from '../../core/index.ts';
import { openDeployLog } from '../deploy-log/write.ts';
import { noAddress } from '../render/outcome.ts';
import { createPeopleReporter } from '../render/people.ts';
import { both, ofSites } from '../render/quiet.ts';

export interface Talk {
  readonly reporter: Reporter;
  say(line: string): void;
  /** Why the push is refused, for the log; the pusher is told when git is. */
  failed(error: unknown): void;
  /** What became of it: where each site answers. */
  conclude(outcomes: readonly Outcome[]): void;
  close(): void;
}

/**
 * @param write shows the pusher a line
 * @param mayRead whether the pusher may see what is said of a site: others may be brought along
 */
export function openTalk(
  dataDir: string,
  sites: readonly SiteName[],
  write: (line: string) => void,
  mayRead: (site: SiteName) => boolean,
): Talk {
  const log = openDeployLog(dataDir, sites);
  const people = createPeopleReporter({ write, sites });
  const say = (line: string) => {
    write(line);
    log.write(line);
  };
  return {
    reporter: both(ofSites(people, mayRead), log.reporter),
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

function lineOf({ urls, release }: Outcome): string {
  return urls[0]
    ? `Your site is available at: ${urls.join(' ')}`
    : `Release ${release.number} of ${release.site} runs. ${noAddress(release.site)}`;
}
