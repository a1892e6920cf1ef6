import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../base-command.ts';
import type { DemoResult } from '../../dev/demo.ts';

export default class DevDemo extends BaseCommand {
  static override summary = 'Push a sample site by real git over real ssh, change it, and see each step.';
  static override description =
    `Brings up a private instance in a temporary folder, pushes a sample site, fetches it through nginx, pushes a
change, shows the new answer and what each step took, and cleans up. Nothing is pulled from a registry.`;
  static override examples = ['<%= config.bin %> dev:demo', '<%= config.bin %> dev:demo --keep'];
  static override flags = {
    keep: Flags.boolean({ description: 'Leave everything up and say how to go on.' }),
  };

  async run(): Promise<DemoResult> {
    const { flags } = await this.parse(DevDemo);
    const { demo } = await import('../../dev/demo.ts');
    const dockerHost = this.context.environment['DOCKER_HOST'];
    const began = performance.now();
    const result = await demo({
      keep: flags.keep,
      signal: this.signal,
      tell: (line) => this.print(line),
      ...(dockerHost ? { dockerHost } : {}),
    });
    this.print(`The demo took ${((performance.now() - began) / 1000).toFixed(1)} s.`);
    return result;
  }
}
