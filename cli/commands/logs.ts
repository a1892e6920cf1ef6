import * as Flags from '@oclif/core/flags';
import {
  type DeployStatus,
  type Engine,
  exitCodes,
  type Instance,
  type LogLine,
  type SiteName,
} from '../../core/index.ts';
import { siteArgument, text as textArgument } from '../arguments.ts';
import { BaseCommand } from '../base-command.ts';
import { chooseInstances } from '../chosen-instances.ts';
import { findDeployOf } from '../deploy-argument.ts';
import { openDeployOutput } from '../deploy-log/open.ts';
import { errors } from '../errors.ts';
import { momentOf } from '../moment.ts';
import { prose } from '../prose.ts';
import { cleanLine } from '../render/text.ts';

interface DeployOutput {
  readonly site: SiteName;
  readonly deploy: string;
  readonly phase: DeployStatus['phase'];
  readonly lines: readonly string[];
}

export default class Logs extends BaseCommand {
  static override remote = true;
  static override summary = "Show what a site's instances write.";
  static override description = prose(`
    With several instances each line begins with its instance's name. Follow with -f until Ctrl-C.

    With --deploy it shows again what a deploy said, as its pusher saw it: that of an id, or else the last one. octo
    attach does the same and waits for the end.

    With --json, not with -f: { site, lines: [{ instance, stream, text }] }; with --deploy { site, deploy, phase, lines }.
  `);
  static override examples = [
    '<%= config.bin %> logs app -n 50',
    '<%= config.bin %> logs app -f --since 15m',
    '<%= config.bin %> logs app --instance app-m1k3x9-1',
    '<%= config.bin %> logs app --deploy',
    '<%= config.bin %> logs app --deploy mhx3k2p9a41f0c',
  ];
  static override usage =
    'logs SITE [-f] [-n LINES] [--since TIME] [--instance NAME] | SITE --deploy [DEPLOY]';
  static override args = {
    site: siteArgument,
    deploy: textArgument({ description: 'With --deploy: the id of a deploy, or last.' }),
  };
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'Go on with what comes.' }),
    lines: Flags.integer({
      char: 'n',
      default: 100,
      min: 0,
      max: 1_000_000,
      helpValue: 'LINES',
      description: 'How many of the last lines of each instance.',
    }),
    since: Flags.custom<number>({
      description: 'Only lines since then: 90s, 15m, 2h, 3d ago, or a time: 2026-03-01T12:30.',
      helpValue: 'TIME',
      exclusive: ['deploy'],
      parse: async (text) => momentOf(text, Date.now()),
    })(),
    instance: Flags.string({ description: 'Only this instance.', helpValue: 'NAME', exclusive: ['deploy'] }),
    deploy: Flags.boolean({ description: 'What a deploy said.' }),
  };

  async run(): Promise<{ site: SiteName; lines: readonly LogLine[] } | DeployOutput> {
    const { args, flags } = await this.parse(Logs);
    const { site } = args;
    if (flags.follow && this.jsonEnabled())
      throw errors.E_ARGUMENTS({ problem: '--json cannot follow: it prints one object at the end.' });
    if (args.deploy !== undefined && !flags.deploy)
      throw errors.E_ARGUMENTS({ problem: `${JSON.stringify(args.deploy)} is one word too many.` });
    const engine = await this.engine();
    if (flags.deploy) return this.#showDeploy(engine, site, { id: args.deploy, follow: flags.follow });
    if (flags.follow) this.looksOn();
    const instances = chooseInstances(await engine.instances(site), site, flags.instance);
    if (instances.length === 0) this.notice(`No instance of ${site} runs.`);
    const { follow, since } = flags;
    const options = { tail: flags.lines, follow, ...(since === undefined ? {} : { since }) };
    return { site, lines: await this.#read(engine, instances, options) };
  }

  async #showDeploy(
    engine: Engine,
    site: SiteName,
    { id, follow }: { id: string | undefined; follow: boolean },
  ): Promise<DeployOutput> {
    const { deploy, phase } = await findDeployOf(engine, site, id);
    this.atInterrupt(`The deploy ${deploy} of ${site} is left alone; octo cancel ${site} stops it.`);
    const signal = AbortSignal.any([this.signal, this.context.stdout.closed]);
    const parts = await openDeployOutput(engine, deploy, { follow, signal });
    return { site, deploy, phase, lines: await this.printParts(parts) };
  }

  async #read(
    engine: Engine,
    instances: readonly Instance[],
    options: { tail: number; follow: boolean; since?: number },
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

  /**
   * A site's output must not steer the terminal it is read on; in a file or a pipe it stays as it is. Over ssh nobody knows
   * which of them is at the other end.
   */
  #lineOf({ instance, text }: LogLine, named: boolean): string {
    const isShown = this.context.stdout.isTerminal || this.context.remote;
    const line = isShown ? cleanLine(text) : text;
    return named ? `${this.style.dim(`${instance} |`)} ${line}` : line;
  }
}
