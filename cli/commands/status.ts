import type { AgentStatus, Engine, SiteName, SiteStatus, UnusableThing } from '../../core/index.ts';
import { optionalSite, watchFlag } from '../arguments.ts';
import { prose } from '../prose.ts';
import { agentLines } from '../render/agent.ts';
import { type FailureFacts, failureFacts } from '../render/failure.ts';
import { statusFacts, statusRow, statusSummary, statusTitles } from '../render/status.ts';
import { unusableLine } from '../render/unusable.ts';
import { WatchCommand } from '../watch-command.ts';

interface OneStatus extends SiteStatus {
  /** What others wrote of the site and octohost cannot use. */
  readonly unusable: readonly UnusableThing[];
}

interface AllStatus {
  readonly sites: readonly SiteStatus[];
  /** Sites whose status could not be told, and why. */
  readonly problems: readonly { readonly site: SiteName; readonly error: FailureFacts }[];
  /** What others wrote and octohost cannot use, of all sites or of none. */
  readonly unusable: readonly UnusableThing[];
  /** Absent where this host never had an agent. */
  readonly agent?: AgentStatus;
}

export default class Status extends WatchCommand {
  static override remote = true;
  static override summary = 'Show how the sites are.';
  static override description = prose(`
    STATE is OK (as many instances run as are wanted), degraded (fewer), DOWN (none), stopped (none is wanted) or
    not deployed, or maintenance where the router answers for it; a line below says how many are OK and names those that are not. With --json the words are up, degraded,
    down, stopped, and not deployed. The exit code is 0 whatever the state is.

    With --watch it is shown again every two seconds, until Ctrl-C.

    With --json and a site: { site, state, release, running, wanted, urls, changed, unpublished, unstable, maintenance, since, unusable }.
    Below all sites stands whether an agent (octo serve) lives, what it last did, and what it keeps out of the routes;
    below one or all, what others wrote into the store or the catalog that octohost cannot use and leaves as it is.

    With --json alone: { sites: [the same without unusable], problems: [{ site, error }], unusable: [{ where, name, site?, problem }], agent?: { host, alive, pid?, since?, out, last? } }.
  `);
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status app --json'];
  static override args = { site: optionalSite };
  static override flags = { watch: watchFlag };

  async run(): Promise<OneStatus | AllStatus> {
    const { args, flags } = await this.parse(Status);
    const engine = await this.engine();
    let last: OneStatus | AllStatus | undefined;
    await this.shown(flags.watch, async () => {
      last = args.site ? await this.#one(engine, args.site) : await this.#all(engine);
    });
    return last ?? { sites: [], problems: [], unusable: [] };
  }

  async #one(engine: Engine, site: SiteName): Promise<OneStatus> {
    const status = await engine.status(site);
    for (const line of statusFacts(status, this.style)) this.print(line);
    return { ...status, unusable: await this.#showUnusable(engine, site) };
  }

  async #showUnusable(engine: Engine, site?: SiteName): Promise<readonly UnusableThing[]> {
    const unusable = await engine.unusable(site);
    for (const one of unusable) this.notice(unusableLine(one));
    return unusable;
  }

  async #all(engine: Engine): Promise<AllStatus> {
    const { sites, problems: failed } = await engine.statuses();
    const problems = failed.map(({ site, error }) => ({ site, error: failureFacts(error) }));
    if (sites.length > 0) {
      this.printTable(statusTitles, sites.map(statusRow));
      this.notice(statusSummary(sites));
    }
    for (const { site, error } of problems) this.notice(`${site}: ${error.message}`);
    if (sites.length + problems.length === 0) this.notice('There is no site yet.');
    const agent = await engine.agent();
    for (const line of agentLines(agent)) this.notice(line);
    const unusable = await this.#showUnusable(engine);
    return { sites, problems, unusable, ...(agent ? { agent } : {}) };
  }
}
