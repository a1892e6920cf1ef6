/** What the agent does about routes: which services are out of them, and that they are in force. */
import { createHash } from 'node:crypto';
import { isOctohostError, messageOf } from '../errors.ts';
import type { SiteName } from '../grammar.ts';
import { keys } from '../keys.ts';
import type { Lease } from '../lease.ts';
import { type AppliedRoutes, applyRoutes, type RoutesView, readRoutes, routesOf } from '../routes.ts';
import { registerServices } from '../services.ts';
import type { Operation, World } from '../world.ts';
import { thresholdsOf } from './asked.ts';
import type { Checker } from './checker.ts';
import type { CurrentReleases } from './current.ts';
import type { Drainage } from './drainage.ts';
import { changesBetween, hasEnded, leftOut, sightBehind } from './health.ts';
import type { Journal } from './journal.ts';
import type { AgentRecord } from './shapes.ts';
import type { Sights } from './sights.ts';

export interface FrontOptions {
  readonly world: World;
  readonly lease: Lease;
  readonly journal: Journal;
  readonly sights: Sights;
  readonly checker: Checker;
  readonly current: CurrentReleases;
  readonly drainage: Drainage;
  /** What a site's own operations are done as. */
  readonly operation: Operation;
}

/** What is in force by all that is known here. */
interface InForce {
  readonly revision: number;
  /** Digest of the routes. */
  readonly routes: string;
  /** Sites whose routes are not these, but as they were. */
  readonly refused: ReadonlySet<SiteName>;
}

export class Front {
  readonly #options: FrontOptions;
  #inForce: InForce | undefined;
  #record: AgentRecord;
  #routerIsDown = false;

  /** @param before what the agent of before knew: nothing is put back before it has been looked at */
  constructor(options: FrontOptions, before: AgentRecord | undefined) {
    this.#options = options;
    this.#record = before ?? { host: options.world.process.host, revision: 0, out: [], drained: [] };
  }

  /** Judges what was seen and puts the routes in force, once for all of it. Returns what they were made from. */
  async attend(): Promise<RoutesView> {
    const { world, checker, current } = this.#options;
    const revision = await world.state.routesRevision();
    const view = await readRoutes(world);
    await current.read(view.pointers);
    checker.watch(view.catalog, (site) => thresholdsOf(current.of(site)));
    this.#failEnded(view);
    const changed = await this.#judge(view);
    const out = new Set(this.#record.out.map(({ service }) => service));
    await this.#apply(changed ? undefined : revision, digestOf({ ...view, out }));
    await this.#drain(view);
    return view;
  }

  /** Whether the router has to be told again what it was told: it does not answer. */
  async routerIsDown(): Promise<boolean> {
    const { world, journal } = this.#options;
    if (this.#routerIsDown) return false;
    if (await world.providers.router.serves().catch(() => false)) return false;
    journal.note('the router does not answer: it is started again');
    this.#routerIsDown = true;
    return true;
  }

  /** How instances are, as this host can tell. */
  get #seen() {
    const { sights, world } = this.#options;
    return { sightOf: (id: string) => sights.of(id), address: world.config.instances.address };
  }

  #failEnded({ catalog }: RoutesView): void {
    const { checker } = this.#options;
    for (const entry of catalog)
      if (hasEnded(sightBehind(entry, this.#seen)))
        checker.fail(entry.id, 'it has not answered since it ended');
  }

  /** What is out is in the store before it is out of the routes, so that every deploy renders the same. */
  async #judge({ catalog }: RoutesView): Promise<boolean> {
    const { checker, journal } = this.#options;
    const before = this.#record.out;
    const after = leftOut({
      catalog,
      ...this.#seen,
      askedOf: (id) => checker.of(id),
      out: new Set(before.map(({ service }) => service)),
    });
    if (JSON.stringify(after) === JSON.stringify(before)) return false;
    await this.#store({ ...this.#record, out: after }, true);
    for (const { site, what } of changesBetween(before, after)) journal.note(what, site);
    return true;
  }

  /**
   * Nothing where nothing that is led to has changed.
   * @param revision undefined: another one than before
   */
  async #apply(revision: number | undefined, routes: string): Promise<void> {
    const { world, journal, operation } = this.#options;
    const known = this.#inForce;
    const isInForce = known !== undefined && known.revision === revision && known.routes === routes;
    if (isInForce && !this.#routerIsDown) return;
    const warn = (line: string) => journal.note(line);
    const context = { signal: operation.signal, output: () => {}, warn };
    const applied = await applyRoutes(world, context).catch((error: unknown) => this.#refill(error));
    this.#routerIsDown = false;
    for (const { site, error } of applied.refused)
      journal.note(`its route stays as it was: ${messageOf(error)}`, site);
    const refused = new Set(applied.refused.map(({ site }) => site));
    this.#inForce = { revision: applied.revision, routes, refused };
    await this.#store({ ...this.#record, revision: applied.revision }, false);
  }

  /** Whoever ends instances elsewhere waits until it is stored that this router is done with them. */
  async #drain({ retirings }: RoutesView): Promise<void> {
    const { drainage } = this.#options;
    drainage.watch(retirings.filter(({ site }) => !this.#inForce?.refused.has(site)));
    const { drained } = drainage;
    if (JSON.stringify(drained) !== JSON.stringify(this.#record.drained))
      await this.#store({ ...this.#record, drained }, false);
  }

  /** A catalog that has lost everything gets it back in one go; what is in force stays until then. */
  async #refill(error: unknown): Promise<AppliedRoutes> {
    const { world, journal, operation } = this.#options;
    if (!isOctohostError(error) || error.code !== 'E_CATALOG_EMPTY') throw error;
    journal.note(error.message);
    const { actions, problems } = await registerServices(world, undefined, operation);
    for (const { site, did } of actions) journal.note(did, site);
    if (problems[0]) throw problems[0].error;
    return applyRoutes(world, { signal: operation.signal, output: () => {}, warn: () => {} });
  }

  async #store(record: AgentRecord, changesRoutes: boolean): Promise<void> {
    const { world, lease } = this.#options;
    const routes = { kind: 'set', key: keys.routes, value: `agent of ${record.host}` } as const;
    await world.state.commit('What the agent knows', [
      lease.check(),
      { kind: 'set', key: keys.agent(record.host), value: JSON.stringify(record) },
      ...(changesRoutes ? [routes] : []),
    ]);
    this.#record = record;
  }
}

function digestOf(view: RoutesView): string {
  return createHash('sha256')
    .update(JSON.stringify(routesOf(view)))
    .digest('hex');
}
