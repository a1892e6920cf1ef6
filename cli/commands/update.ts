import { ConvergenceCommand, type ConvergenceFacts } from '../convergence-command.ts';
import { mendRepositories } from '../door/mend.ts';
import { kindOfProgram, packageRoot, readPackage } from '../program.ts';
import { prose } from '../prose.ts';
import { updateSteps } from '../update-steps.ts';

interface UpdateFacts extends ConvergenceFacts {
  readonly octohost: string;
  /** Command lines that bring the next version. */
  readonly steps: readonly string[];
}

export default class Update extends ConvergenceCommand {
  static override summary =
    'Say how the next version of octohost comes here, and let this one take over what runs.';
  static override description = prose(`
    octohost is a program on disk: git or npm replaces it, as its owner, and no site is touched by that. This command says
    with which lines. Then it lets the version that is there take over: the store is brought to its schema in one
    transaction, and everything converges. Containers run on, and no request is lost. An older octohost refuses a store
    that was taken over by a newer one whose schema is another. Harmless to repeat.

    With --json: { octohost, steps, actions: [{ site, did }], problems: [{ site, error }] }.
  `);
  static override examples = ['<%= config.bin %> update'];

  async run(): Promise<UpdateFacts> {
    await this.parse(Update);
    const { version: octohost } = readPackage();
    const steps = updateSteps({ kind: kindOfProgram(), root: packageRoot });
    this.print(`This is octohost ${octohost}. The next version comes by:`);
    for (const line of steps) this.print(`    ${line}`);
    const engine = await this.engine();
    const operation = this.operation(await engine.sites());
    const sites = await engine.converge(undefined, operation);
    const refs = await mendRepositories(engine, operation);
    const facts = this.concludeConvergence({
      actions: [...sites.actions, ...refs.actions],
      problems: [...sites.problems, ...refs.problems],
    });
    const agent = await engine.agent();
    if (agent?.alive) this.notice(`The agent (process ${agent.pid}) is the one of before: restart it.`);
    return { octohost, steps, ...facts };
  }
}
