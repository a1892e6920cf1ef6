import * as Flags from '@oclif/core/flags';
import { type Engine, exitCodes, type Instance, type LogLine, type SiteName } from '../../core/index.ts';
import { siteArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { errors } from '../errors.ts';
import { prose } from '../prose.ts';
import { cleanLine } from '../render/text.ts';

export default class Logs extends BaseCommand {
  static override remote = true;
  static override summary = "Show what a site's instances write.";
  static override description = prose(`
    With several instances each line begins with its instance's name. Follow with -f until Ctrl-C.

    With --json, not with -f: { site, lines: [{ instance, stream, text }] }.
  `);
  static override examples = [
    '<%= config.bin %> logs app -n 50',
    '<%= config.bin %> logs app -f',
    '<%= config.bin %> logs app --instance app-m1k3x9-1',
  ];
  static override args = { site: siteArgument };
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'Go on with what comes.' }),
    lines: Flags.integer({
      char: 'n',
      default: 100,
      min: 0,
      max: 1_000_000,
      description: 'How many of the last lines of each instance.',
    }),
    instance: Flags.string({ description: 'Only this instance.', helpValue: 'NAME' }),
  };

  async run(): Promise<{ site: SiteName; lines: readonly LogLine[] }> {
    const { args, flags } = await this.parse(Logs);
    const { site } = args;
    if (flags.follow && this.jsonEnabled())
      throw errors.E_ARGUMENTS({ problem: '--json cannot follow: it prints one object at the end.' });
    const engine = await this.engine();
    const instances = choose(await engine.instances(site), site, flags.instance);
    if (instances.length === 0) this.notice(`No instance of ${site} runs.`);
    const options = { tail: flags.lines, follow: flags.follow };
    return { site, lines: await this.#read(engine, instances, options) };
  }

  async #read(
    engine: Engine,
    instances: readonly Instance[],
    options: { tail: number; follow: boolean },
  ): Promise<LogLine[]> {
    const signal = AbortSignal.any([this.signal, this.context.stdout.closed]);
    const kept: LogLine[] = [];
    const show = (line: LogLine) => {
      if (this.jsonEnabled()) kept.push(line);
      else this.print(this.#lineOf(line, instances.length > 1));
    };
    const read = async (instance: Instance) => {
      for await (const line of engine.logs(instance, options, signal)) show(line);
    };
    try {
      if (options.follow) await Promise.all(instances.map(read));
      else for (const instance of instances) await read(instance);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (this.signal.aborted) this.context.setExitCode(exitCodes.interrupted);
    return kept;
  }

  /** A site's output must not steer the terminal it is read on; in a file or a pipe it stays as it is. */
  #lineOf({ instance, text }: LogLine, named: boolean): string {
    const line = this.context.stdout.isTerminal ? cleanLine(text) : text;
    return named ? `${this.style.dim(`${instance} |`)} ${line}` : line;
  }
}

function choose(
  instances: readonly Instance[],
  site: SiteName,
  name: string | undefined,
): readonly Instance[] {
  if (name === undefined) return instances;
  const chosen = instances.filter((instance) => instance.name === name);
  if (chosen.length === 0)
    throw errors.E_INSTANCE_UNKNOWN({ site, instance: name, known: instances.map((one) => one.name) });
  return chosen;
}
