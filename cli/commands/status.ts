import type { AgentStatus, Engine, SiteName, SiteStatus } from '../../core/index.ts';
import { optionalSite } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';
import { agentLines } from '../render/agent.ts';
import { type FailureFacts, failureFacts } from '../render/failure.ts';
import { statusFacts, statusRow, statusTitles } from '../render/status.ts';

interface AllStatus {
  readonly sites: readonly SiteStatus[];
  /** Sites whose status could not be told, and why. */
  readonly problems: readonly { readonly site: SiteName; readonly error: FailureFacts }[];
  /** Absent where this host never had an agent. */
  readonly agent?: AgentStatus;
}

export default class Status extends BaseCommand {
  static override remote = true;
  static override summary = 'Show how the sites are.';
  static override description = prose(`
    STATE is up (as many instances run as are wanted), degraded (fewer), down (none), stopped (none is wanted) or
    not deployed. The exit code is 0 whatever the state is.

    With --json and a site: { site, state, release, running, wanted, urls, changed, unpublished, unstable, since }.
    Below all sites stands whether an agent (octo serve) lives, what it last did, and what it keeps out of the routes.

    With --json alone: { sites: [the same], problems: [{ site, error }], agent?: { host, alive, pid?, since?, out, last? } }.
  `);
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status app --json'];
  static override args = { site: optionalSite };

  async run(): Promise<SiteStatus | AllStatus> {
    const { args } = await this.parse(Status);
    const engine = await this.engine();
    return args.site ? this.#one(engine, args.site) : this.#all(engine);
  }

  async #one(engine: Engine, site: SiteName): Promise<SiteStatus> {
    const status = await engine.status(site);
    for (const line of statusFacts(status, this.style)) this.print(line);
    return status;
  }

  async #all(engine: Engine): Promise<AllStatus> {
    const names = await engine.sites();
    const answers = await Promise.allSettled(names.map((site) => engine.status(site)));
    const sites = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const problems = answers.flatMap((answer, index) =>
      answer.status === 'rejected'
        ? [{ site: names[index] as SiteName, error: failureFacts(answer.reason) }]
        : [],
    );
    if (sites.length > 0) this.printTable(statusTitles, sites.map(statusRow));
    for (const { site, error } of problems) this.notice(`${site}: ${error.message}`);
    if (names.length === 0) this.notice('There is no site yet.');
    const agent = await engine.agent();
    for (const line of agentLines(agent)) this.notice(line);
    return { sites, problems, ...(agent ? { agent } : {}) };
  }
}
