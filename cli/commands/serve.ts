import { BaseCommand } from '../base-command.ts';
import { prose } from '../prose.ts';
import { eventLine } from '../render/agent.ts';

export default class Serve extends BaseCommand {
  static override summary = 'Run the agent: the world heals between deploys.';
  static override description = prose(`
    Runs until it is told to end (SIGTERM, Ctrl-C), and prints what it sees and does. It hears what happens to
    containers and in the catalog, asks services by their own checks, takes what does not answer out of the routes and
    puts it back, and converges sites that are not as their current release wants them, again and again with growing
    pauses. What Docker restarts by itself it leaves to Docker. The last instances of a site stay in its route.

    Everything works without it. Killed at any time, or run twice, it does no harm: one of a host works, others wait.
    octo status says whether one lives; octo events shows what it sees.
  `);
  static override examples = ['<%= config.bin %> serve'];
  static override enableJsonFlag = false;

  async run(): Promise<void> {
    await this.parse(Serve);
    const engine = await this.engine();
    await engine.serve({
      signal: this.signal,
      tell: (event) => this.print(eventLine(event)),
      wait: (line) => this.notice(line),
    });
  }
}
