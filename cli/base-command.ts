/** What every command shares, and the only place that prints, opens the engine and sets the exit code. */
import type { Interfaces } from '@oclif/core';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import {
  errors as coreErrors,
  type Engine,
  exitCodes,
  isOctohostError,
  nearest,
  type Operation,
  type Reporter,
  type ResolvedConfig,
} from '../core/index.ts';
import { auditedEngine } from './audit/audited-engine.ts';
import type { Act } from './audit/entry.ts';
import { openTrail, type Trail } from './audit/trail.ts';
import { type CommandContext, processContext } from './context.ts';
import { type DeployLog, openDeployLog } from './deploy-log/write.ts';
import { errors as doorErrors } from './door/errors.ts';
import { exitCodeOf, failureFacts, failureLines } from './render/failure.ts';
import { underway } from './render/interrupt.ts';
import { createPeopleReporter, type PeopleReporter } from './render/people.ts';
import { both, ofSites, remembering, silent, type Warning } from './render/quiet.ts';
import { type Style, styleFor } from './render/style.ts';
import { table } from './render/table.ts';
import { expectedError, siteMeant } from './usage.ts';

// biome-ignore lint/suspicious/noExplicitAny: oclif's own bound for what a parser gives
type Parsed = Record<string, any>;
type OclifConfig = ConstructorParameters<typeof Command>[1];

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  /** Whether keys may run it over ssh; then it reaches nothing of the host but through the engine and the context. */
  static remote = false;
  static override baseFlags: Interfaces.FlagInput = {
    config: Flags.string({
      description: 'The configuration file; else OCTOHOST_CONFIG, else the usual places.',
      helpGroup: 'GLOBAL',
      helpValue: 'FILE',
    }),
    'no-plugins': Flags.boolean({
      description: 'Without plugins that were added, and broken ones; OCTO_NO_PLUGINS=1 does the same.',
      helpGroup: 'GLOBAL',
    }),
  };

  /** Warnings of the operation, repeated by `--json`. */
  protected readonly warnings: Warning[] = [];
  protected readonly context: CommandContext;
  /** What `--config` names. */
  protected configFlag: string | undefined;
  #engine: Promise<Engine> | undefined;
  #abort: AbortController | undefined;
  #reporters: PeopleReporter[] = [];
  #logs: DeployLog[] = [];
  readonly #underway = underway();
  #isLooking = false;
  #dataDir: string | undefined;
  #forgetInterrupts = () => {};
  readonly #trail: Trail;
  #result = 'done';

  constructor(argv: string[], config: OclifConfig, context: CommandContext = processContext()) {
    super(argv, config);
    this.context = context;
    const { actor, fingerprint, remote } = context;
    this.#trail = openTrail(
      { actor, ...(fingerprint ? { fingerprint } : {}), door: remote ? 'ssh' : 'host' },
      this.id ?? '',
      {
        place: async () => this.#dataDir ?? (await context.loadConfig(this.configFlag)).dataDir,
        warn: (line) => this.notice(line),
      },
    );
  }

  /** Runs a command in a given context. */
  static execute(
    this: new (
      argv: string[],
      config: OclifConfig,
      context: CommandContext,
    ) => BaseCommand,
    argv: readonly string[],
    config: OclifConfig,
    context: CommandContext,
  ): Promise<unknown> {
    return new this([...argv], config, context)._run();
  }

  /** The absolute path of the configuration file. */
  protected configFile(): Promise<string> {
    return this.context.findConfig(this.configFlag);
  }

  /** The installation's configuration. */
  protected loadConfig(): Promise<ResolvedConfig> {
    return this.context.loadConfig(this.configFlag);
  }

  /** The engine of the configuration, opened at the first call. */
  protected engine(): Promise<Engine> {
    this.#engine ??= this.loadConfig().then((config) => {
      this.#dataDir = config.dataDir;
      return auditedEngine(this.context.openEngine(config), (act) => this.#trail.act(act));
    });
    return this.#engine;
  }

  /** For what changes something without the engine. */
  protected async recordAct(dataDir: string, act: Act): Promise<void> {
    this.#dataDir = dataDir;
    await this.#trail.act(act);
  }

  /** An operation that Ctrl-C stops, whose progress goes to stderr, and whose deploys are logged. */
  protected operation(sites: readonly string[], reporter: Reporter = this.progress(sites)): Operation {
    return {
      actor: this.context.actor,
      signal: this.signal,
      reporter: both(
        this.#underway.reporter,
        this.#logged(sites, this.#shown(remembering(reporter, this.warnings))),
      ),
    };
  }

  #shown(reporter: Reporter): Reporter {
    return ofSites(reporter, (site) => this.context.mayRead(site));
  }

  #logged(sites: readonly string[], reporter: Reporter): Reporter {
    if (this.#dataDir === undefined) return reporter;
    const log = openDeployLog(this.#dataDir, sites);
    this.#logs.push(log);
    return both(reporter, log.reporter);
  }

  /** From now on it only shows what comes: Ctrl-C ends it as it should end, and nothing is said of that. */
  protected looksOn(): void {
    this.#isLooking = true;
  }

  /** What Ctrl-C means for a deploy of somebody else that the command looks at. */
  protected atInterrupt(line: string): void {
    this.#underway.others.push(line);
  }

  /** Aborted by Ctrl-C and by a request to end. The second one ends the process at once. */
  protected get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      this.#forgetInterrupts = this.context.onInterrupt(() => {
        if (abort.signal.aborted) this.context.exitNow(exitCodes.interrupted);
        if (!this.#isLooking) this.notice(this.#underway.said());
        abort.abort(coreErrors.E_ABORTED({ what: `octo ${this.id}` }));
      });
    }
    return this.#abort.signal;
  }

  /** Lines for people; with `--json` only where somebody looks on, for stdout then holds one JSON object. */
  private progress(sites: readonly string[]): Reporter {
    if (this.jsonEnabled() && !this.context.stderr.isTerminal) return silent;
    const style = styleFor(this.context.stderr, this.context.environment);
    const write = (line: string) => this.context.stderr.write(`${line}\n`);
    const reporter = createPeopleReporter({ write, sites, style });
    this.#reporters.push(reporter);
    return reporter;
  }

  /** A line of the result. Nothing with `--json`. */
  protected print(line = ''): void {
    if (!this.jsonEnabled()) this.context.stdout.write(`${line}\n`);
  }

  /** Prints a text that comes in parts, as it is; with `--json` its lines are the result. */
  protected async printParts(parts: AsyncIterable<string>): Promise<string[]> {
    let text = '';
    for await (const part of parts) {
      if (this.jsonEnabled()) text += part;
      else this.context.stdout.write(part);
    }
    return text.split('\n').slice(0, -1);
  }

  /** How an operation ended: lines of the result, which its log keeps too. */
  protected conclude(lines: readonly string[]): void {
    for (const line of lines) {
      this.print(line);
      for (const log of this.#logs) log.write(line);
    }
  }

  /** A remark that is no part of the result: to stderr. Nothing with `--json`. */
  protected notice(line: string): void {
    if (!this.jsonEnabled()) this.context.stderr.write(`${line}\n`);
  }

  /** Asks whoever sits at the terminal; undefined where nobody does, and nothing can be asked with `--json`. */
  protected async ask(question: string): Promise<string | undefined> {
    const { stdin, stdinIsTerminal, stderr } = this.context;
    if (!stdinIsTerminal || this.jsonEnabled()) return undefined;
    stderr.write(question);
    const { createInterface } = await import('node:readline');
    const answers = createInterface({ input: stdin });
    try {
      const { value } = await answers[Symbol.asyncIterator]().next();
      return typeof value === 'string' ? value.trim() : '';
    } finally {
      answers.close();
    }
  }

  /** What somebody types at the terminal, up to Enter, without showing it. @throws E_ABORTED at Ctrl-C */
  protected async askHidden(question: string): Promise<string> {
    const { stdin, stderr } = this.context;
    const { createInterface } = await import('node:readline');
    const { Writable } = await import('node:stream');
    // What is typed is shown by the reader, and this one shows nothing.
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const answers = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
    // Only now: until then the terminal itself shows what is typed.
    stderr.write(question);
    try {
      return await new Promise<string>((resolve, reject) => {
        const stop = () => reject(coreErrors.E_ABORTED({ what: `octo ${this.id}` }));
        answers.once('line', resolve).once('SIGINT', stop).once('close', stop);
      });
    } finally {
      answers.close();
      stderr.write('\n');
    }
  }

  /** @param whole titles of columns that stay whole in a terminal that is too narrow: what somebody types again */
  protected printTable(
    header: readonly string[],
    rows: readonly (readonly string[])[],
    whole: readonly string[] = [],
  ): void {
    const { stdout } = this.context;
    for (const line of table(header, rows, { width: stdout.columns, header: this.style.bold, whole }))
      this.print(line);
  }

  /** How the result is painted. */
  protected get style(): Style {
    return styleFor(this.context.stdout, this.context.environment);
  }

  protected override async parse<F extends Parsed, B extends Parsed, A extends Parsed>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv);
    this.configFlag = (parsed.flags as { config?: string }).config;
    if (this.context.remote && this.configFlag !== undefined)
      throw doorErrors.E_DOOR_HOST({ what: 'the option --config' });
    return parsed;
  }

  protected override async catch(thrown: unknown): Promise<void> {
    // A command line that cannot be parsed is no command that forgot to.
    this.parsed = true;
    const error = await this.#withMeantSite(expectedError(thrown, this.ctor));
    this.#result = failureFacts(error).code;
    this.context.setExitCode(exitCodeOf(error));
    for (const log of this.#logs) log.fail(error);
    if (this.jsonEnabled()) return this.logJson({ error: failureFacts(error) });
    const style = styleFor(this.context.stderr, this.context.environment);
    for (const line of failureLines(error, style)) this.context.stderr.write(`${line}\n`);
  }

  /** Names the site that may have been meant, of those that whoever asks may know of. */
  async #withMeantSite(error: unknown): Promise<unknown> {
    if (!isOctohostError(error) || error.code !== 'E_SITE_UNKNOWN') return error;
    const engine = await this.#engine?.catch(() => undefined);
    const known = (await engine?.sites().catch(() => [])) ?? [];
    const meant = nearest(error.site ?? '', known);
    return meant === undefined ? error : siteMeant(error, meant);
  }

  protected override async finally(): Promise<void> {
    for (const one of [...this.#reporters, ...this.#logs]) one.close();
    this.#forgetInterrupts();
    await this.#trail.end(this.#result);
    const engine = await this.#engine?.catch(() => undefined);
    await engine?.close();
  }

  override logJson(json: unknown): void {
    this.context.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }
}
