import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import type {
  AdoptableSite,
  Allowance,
  Engine,
  OldSettings,
  ResolvedConfig,
  SiteName,
} from '../../core/index.ts';
import { BaseCommand } from '../base-command.ts';
import { configPlaces } from '../config-file.ts';
import { errors } from '../errors.ts';
import { exists } from '../exists.ts';
import { asConfig, readSettingsFile, writeConfig, writeSecret } from '../migrate/files.ts';
import {
  configText,
  type OldInstallation,
  oldInstallation,
  ruleText,
  type StatePlace,
  tokenFileOf,
} from '../migrate/old-installation.ts';
import { readAssignments } from '../migrate/shell-assignments.ts';
import { prose } from '../prose.ts';
import { type FailureFacts, failureFacts, failureLines } from '../render/failure.ts';
import { atPlace } from '../state-place.ts';

/** What becomes of a site of the original. */
interface Migrated {
  readonly site: SiteName;
  readonly containers: readonly string[];
  /** `adopted` now, or with --dry-run to be; `known`: it was before. */
  readonly state: 'adopted' | 'known' | 'stored' | 'failed';
  readonly error?: FailureFacts;
}

interface MigrateFacts {
  readonly configuration: { readonly file: string; readonly written: boolean; readonly text?: string };
  /** Rules that the configuration lacks. */
  readonly allow: readonly Allowance[];
  readonly sites: readonly Migrated[];
  readonly left: readonly { readonly container: string; readonly because: string }[];
  readonly remarks: readonly string[];
}

export default class Migrate extends BaseCommand {
  static override summary = 'Take over an installation of the original octohost; its containers run on.';
  static override description = prose(`
    Reads its settings file without running it, makes an octohost.config.ts of it where there is none yet, reads what it kept
    in Consul, and takes the running containers over: each site gets a first release of the image, the environment, the
    ports and the options that its container has, and nginx leads its domains there. No container is restarted; the next
    deploy of a site replaces its container in the usual way. The rules that let sites keep what they have of the host are
    written into the configuration, or shown where there is one. Harmless to repeat.

    With --config, or OCTOHOST_CONFIG, the configuration is that file. With --dry-run everything is shown and nothing is done.

    With --json: { configuration: { file, written, text? }, allow, sites: [{ site, containers, state, error? }], left:
    [{ container, because }], remarks }; state is adopted, known, stored (settings alone) or failed.
  `);
  static override examples = [
    '<%= config.bin %> migrate --dry-run',
    '<%= config.bin %> migrate --from /etc/default/octohost --store embedded',
  ];
  static override flags = {
    from: Flags.string({
      default: '/etc/default/octohost',
      helpValue: 'FILE',
      description: 'The settings file of the original octohost.',
    }),
    store: Flags.string({
      options: ['consul', 'embedded'],
      default: 'consul',
      description: 'Where a new configuration keeps settings and state.',
    }),
    'dry-run': Flags.boolean({ description: 'Show everything that would be done, and do nothing.' }),
  };

  async run(): Promise<MigrateFacts> {
    const { flags } = await this.parse(Migrate);
    const old = oldInstallation(readAssignments(await readSettingsFile(resolve(flags.from))));
    const file = resolve(
      (flags as { config?: string }).config ||
        this.context.environment['OCTOHOST_CONFIG'] ||
        (configPlaces()[0] as string),
    );
    const place = flags.store as StatePlace;
    const isNew = !(await exists(file));
    const draft = isNew
      ? await asConfig(configText(old, 'embedded', [], file), (draftFile) =>
          this.context.readConfig(draftFile),
        )
      : await this.context.readConfig(file);
    const stored = await this.#stored(draft, old);
    const found = await this.#ask(draft, (engine) => engine.adoptable(stored));
    const allow = found.sites.flatMap(({ lacks }) => lacks ?? []);
    const remarks = [...old.remarks, ...found.sites.flatMap((one) => one.remarks)];
    const text = isNew ? configText(old, place, allow, file) : undefined;
    this.#showConfiguration(file, text, allow, flags['dry-run']);
    for (const remark of remarks) this.notice(remark);
    if (isNew && text !== undefined && !flags['dry-run'])
      await this.#write(file, text, old, place, draft.user);
    const isKnown = !isNew || !flags['dry-run'];
    const sites = isKnown
      ? await this.#adoptAll(found.sites, stored, flags['dry-run'])
      : found.sites.map(({ site, containers }) => migrated(site, containers, 'adopted'));
    this.#tell(sites, found.left, flags['dry-run'], isNew);
    const failed = sites.filter(({ state }) => state === 'failed');
    if (failed.length > 0 && !this.jsonEnabled())
      throw errors.E_MIGRATE({ sites: failed.map(({ site }) => site) });
    if (failed.length > 0) this.context.setExitCode(1);
    return {
      configuration: { file, written: isNew && !flags['dry-run'], ...(text === undefined ? {} : { text }) },
      allow,
      sites,
      left: found.left,
      remarks,
    };
  }

  /** Asks an engine that is closed afterwards. */
  async #ask<Answer>(config: ResolvedConfig, question: (engine: Engine) => Promise<Answer>): Promise<Answer> {
    const engine = this.context.openEngine(config);
    try {
      return await question(engine);
    } finally {
      await engine.close();
    }
  }

  /** What the original kept in Consul. */
  async #stored(config: ResolvedConfig, { consul }: OldInstallation): Promise<OldSettings> {
    return this.#ask(await atPlace(config, 'consul', consul), async (engine) => {
      const sites = await engine.sites();
      return new Map(
        await Promise.all(sites.map(async (site) => [site, await engine.settings(site)] as const)),
      );
    });
  }

  async #write(
    file: string,
    text: string,
    { consul: { token } }: OldInstallation,
    place: StatePlace,
    user: string,
  ) {
    if (place === 'consul' && token !== undefined) await writeSecret(tokenFileOf(file), token, user);
    await writeConfig(file, text);
  }

  #showConfiguration(
    file: string,
    text: string | undefined,
    allow: readonly Allowance[],
    isDry: boolean,
  ): void {
    if (text !== undefined) {
      this.print(isDry ? `${file} would be:` : `${file} is:`);
      for (const line of text.trimEnd().split('\n')) this.print(`    ${line}`);
    } else if (allow.length > 0) {
      this.print(`${file} stays as it is. Add to its allow, or the next releases are refused:`);
      for (const rule of allow) this.print(`    ${ruleText(rule)},`);
    }
  }

  async #adoptAll(found: readonly AdoptableSite[], stored: OldSettings, isDry: boolean): Promise<Migrated[]> {
    const engine = await this.engine();
    const sites: Migrated[] = [];
    for (const one of found) sites.push(await this.#adopt(engine, one, stored, isDry));
    for (const [site, settings] of stored)
      if (!found.some((one) => one.site === site))
        sites.push(await this.#store(engine, site, settings, isDry));
    return sites;
  }

  /** One site that cannot be taken over keeps no other from it. */
  async #each(
    { site, containers }: Pick<AdoptableSite, 'site' | 'containers'>,
    work: () => Promise<Migrated['state']>,
  ): Promise<Migrated> {
    try {
      return migrated(site, containers, await work());
    } catch (error) {
      for (const line of failureLines(error)) this.notice(line);
      return { ...migrated(site, containers, 'failed'), error: failureFacts(error) };
    }
  }

  /** A site that was taken over stays so, whatever runs beside it: its releases tell. */
  #adopt(engine: Engine, found: AdoptableSite, stored: OldSettings, isDry: boolean): Promise<Migrated> {
    const { site } = found;
    return this.#each(found, async () => {
      const releases = (await engine.current(site)) ? await engine.releases(site) : [];
      if (releases.some(({ reason }) => reason === 'adopt')) return 'known';
      if (!isDry) await engine.adopt(found, stored.get(site) ?? {}, this.operation([site]));
      return 'adopted';
    });
  }

  /** Settings of a site that does not run now. */
  #store(
    engine: Engine,
    site: SiteName,
    settings: Readonly<Record<string, string>>,
    isDry: boolean,
  ): Promise<Migrated> {
    return this.#each({ site, containers: [] }, async () => {
      const { settings: known, secrets } = await engine.shownSettings(site);
      const names = new Set([...Object.keys(known), ...secrets]);
      const missing = Object.entries(settings).filter(([name]) => !names.has(name));
      if (missing.length === 0) return 'known';
      const sealed = missing.map(([name]) => name).filter((name) => name === 'SSL_KEY');
      if (!isDry) await engine.setSettings(site, Object.fromEntries(missing), { secrets: sealed });
      return 'stored';
    });
  }

  #tell(sites: readonly Migrated[], left: MigrateFacts['left'], isDry: boolean, isNew: boolean): void {
    for (const { site, containers, state } of sites) {
      if (state === 'adopted')
        this.print(`${site}: ${isDry ? 'would take over' : 'took over'} ${containers.join(', ')}`);
      if (state === 'stored') this.print(`${site}: ${isDry ? 'would keep' : 'kept'} its settings`);
    }
    for (const { container, because } of left) this.notice(`${container} is left: ${because}`);
    if (!isNew && sites.every(({ state }) => state === 'known')) this.print('Nothing to do.');
    if (isDry) this.notice('This was the plan. Nothing was changed.');
  }
}

function migrated(
  site: SiteName,
  containers: AdoptableSite['containers'],
  state: Migrated['state'],
): Migrated {
  return { site, containers: containers.map(({ name }) => name), state };
}
