import * as Flags from '@oclif/core/flags';
import { type CheckResult, type Convergence, type Engine, exitCodes } from '../../core/index.ts';
import { ConvergenceCommand, type ConvergenceFacts } from '../convergence-command.ts';
import { doorChecks } from '../door/checks.ts';
import { mendKeyFiles } from '../door/keys.ts';
import { mendKeyRights } from '../door/look-at-ssh.ts';
import { prose } from '../prose.ts';
import { checkLines, checkSummary } from '../render/checks.ts';
import { failureFacts, failureLines } from '../render/failure.ts';

interface DoctorFacts {
  readonly checks: readonly CheckResult[];
  /** With `--fix`: what was done before these checks. */
  readonly fixed?: ConvergenceFacts;
}

export default class Doctor extends ConvergenceCommand {
  static override summary =
    'Look at everything that octohost stands on, and at each site beside its release.';
  static override description = prose(`
    Engine, store, catalog, router and its routes, registry, sshd and the keys that it reads, disk, clock, ports, files, versions,
    leases, the agent, and of each site its instances, services, images, ports, refs and records. One line each; of what is
    not as it should be, why it matters and what mends it. Nothing is changed. Plugins bring checks of their own, each for
    at most ten seconds.

    With --fix everything is converged first (as octo converge does it), the file of keys is written anew and nobody else may
    write to it; then it looks.
    What a convergence does not mend is said with the command that does.

    The exit code is 1 where something failed, 0 where there are warnings at most.

    With --json: { checks: [{ plugin, check, summary, why?, site?, state, message, hint? }], fixed?: { actions: [{ site, did }],
    problems: [{ site, error }] } }; the state is ok, warning or failed, and the plugin octohost for what is built in.
  `);
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --fix',
    '<%= config.bin %> doctor --json',
  ];
  static override flags = {
    fix: Flags.boolean({ description: 'Converge first.' }),
    quiet: Flags.boolean({ char: 'q', description: 'Tell only what is not as it should be.' }),
  };

  async run(): Promise<DoctorFacts> {
    const { flags } = await this.parse(Doctor);
    const engine = await this.engine();
    const fixed = flags.fix ? await this.#fix(engine) : undefined;
    const checks = [...(await engine.runChecks(this.signal)), ...(await doorChecks(engine))];
    for (const line of checkLines(checks, { style: this.style, quiet: flags.quiet })) this.print(line);
    this.notice(checkSummary(checks));
    if (checks.some(({ state }) => state === 'failed')) this.context.setExitCode(exitCodes.failed);
    return { checks, ...(fixed ? { fixed } : {}) };
  }

  /** What could not be done is told, and seen again by the checks: an engine that is down hides nothing else. */
  async #fix(engine: Engine): Promise<ConvergenceFacts> {
    const operation = this.operation([]);
    const { actions, problems } = await this.#tried<Convergence>({ actions: [], problems: [] }, () =>
      this.convergeSites(engine, undefined, operation),
    );
    for (const { site, did } of actions) this.print(`${site}: ${did}`);
    for (const { error } of problems) for (const line of failureLines(error)) this.notice(line);
    const files = await this.#tried<readonly string[]>([], () => mendKeyFiles(engine, operation));
    for (const file of files) this.print(`wrote ${file}`);
    const places = await this.#tried<readonly string[]>([], () => mendKeyRights(engine));
    for (const path of places) this.print(`took from others the right to write to ${path}`);
    return { actions, problems: problems.map(({ site, error }) => ({ site, error: failureFacts(error) })) };
  }

  async #tried<Result>(otherwise: Result, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      this.signal.throwIfAborted();
      for (const line of failureLines(error)) this.notice(line);
      return otherwise;
    }
  }
}
