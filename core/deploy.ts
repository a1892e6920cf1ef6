/** The steps of a deploy, each of which adds facts. engine.ts puts them in order. */
import { withinLimits } from './build-limits.ts';
import { withBuildSlot } from './build-slots.ts';
import { claimDomains, leftToSiblings } from './claims.ts';
import type { ResolvedConfig } from './config.ts';
import { certificateKey } from './content-key.ts';
import { requireDiskSpace } from './disk-space.ts';
import { declaredDomains, parseDomains } from './domains.ts';
import { errors } from './error-catalogue.ts';
import { type Examined, examine, type Pushed } from './examine.ts';
import { type Domain, isWildcard, type SettingKey, type SiteName } from './grammar.ts';
import { takeOverPorts } from './host-ports.ts';
import { ensureInstances, ensureServices } from './instances.ts';
import { keys } from './keys.ts';
import { nameOf, takenFrom } from './origin.ts';
import { type Candidate, type Change, planRelease, type ReleaseFacts } from './plan.ts';
import type { Pointer } from './records.ts';
import type { Built, Certificate, Image, Received, Registered, Release } from './release.ts';
import { requireWhole } from './releases.ts';
import type { Builder, StepContext, StoreOperation } from './roles.ts';
import { deploymentOf, type Run, step } from './run.ts';
import type { Push } from './source.ts';
import { beginWatch } from './stability.ts';
import type { Part } from './switch.ts';
import { requireUsableSettings } from './unusable.ts';
import { channel, type World } from './world.ts';

/** A push becomes a candidate: received, built, and its settings resolved. */
export async function buildCandidate(
  world: World,
  run: Run,
  push: Push,
  pushes: readonly Push[],
): Promise<Candidate> {
  const { builder, declared, said, left } = await step(world, run, 'receive', (context) =>
    receive(world, run, { push, pushes }, context),
  );
  const context = channel(run.operation, run.site);
  const known = await sameTree(run, push, builder);
  if (known) context.output(`the tree is that of release ${known.number}: nothing to build`);
  const image = known?.image ?? (await build(world, run, push, builder));
  try {
    if (!known) await world.hooks.announce('built', { ...deploymentOf(run), image }, context);
    const from = factsOf(push, run.previous);
    const change = push.reload ? { change: { reason: 'reload', reload: true } as const } : {};
    const request = { run, image, declared, said, left, fresh: !known, from, ...change };
    return await planRelease(world, request, context);
  } catch (error) {
    // What the gate said is what counts; converge has another chance at the image.
    if (!known) await builder.discard(image).catch(() => {});
    throw error;
  }
}

async function receive(world: World, run: Run, pushed: Pushed, context: StepContext): Promise<Examined> {
  const { push } = pushed;
  const found = await examine(world, run, pushed, context);
  const originOf = (name: Domain) =>
    declaredDomains(found.declared).find(({ domain }) => domain === name)?.origin;
  for (const { domain, owner } of found.left) {
    // Whoever pushes a branch knows main's site by name, and not the sites of all other branches.
    const other = owner === push.origin?.repository ? owner : 'the site of another branch';
    context.output(`${domain} (${originOf(domain)}) stays with ${other}; ${run.site} is without it`);
  }
  const before = takenFrom(run.previous, push);
  if (before && push.origin)
    context.output(
      `${run.site} was deployed from ${nameOf(before)}; from now on it is from ${nameOf(push.origin)}`,
    );
  const received: Received = { ...deploymentOf(run), source: push.source };
  await world.hooks.announce('received', received, context);
  return found;
}

/** The current release, if it was built of the pushed tree and its image is still there. */
export async function sameTree(
  { previous }: Pick<Run, 'previous'>,
  { source, force = false }: Push,
  builder: Builder,
): Promise<Release | undefined> {
  const tree = source.kind === 'tree' ? source.tree.id : undefined;
  if (force || tree === undefined || previous?.tree !== tree) return undefined;
  return (await builder.has(previous.image)) ? previous : undefined;
}

function build(world: World, run: Run, push: Push, builder: Builder): Promise<Image> {
  const building = () =>
    step(world, run, 'build', async (context) => {
      await requireDiskSpace(world.config);
      const { site, deploy } = run;
      const { source, force: noCache = false } = push;
      const request = { site, deploy, source, arguments: {}, noCache };
      const modified = await world.hooks.modify('modifyBuild', request, context);
      return withinLimits(world.config.builds, context, (limited) => builder.build(modified, limited));
    });
  return withBuildSlot(world, run, building);
}

/** What a release keeps of the push that it was made of. Pure. */
export function factsOf(
  { revision, origin, message, source }: Push,
  previous: Release | undefined,
): ReleaseFacts {
  const tree = source.kind === 'tree' ? source.tree.id : undefined;
  const from = origin ?? previous?.origin;
  return {
    ...(revision ? { revision } : {}),
    ...(from ? { origin: from } : {}),
    ...(message ? { message } : {}),
    ...(tree ? { tree } : {}),
  };
}

/** A change without a push becomes a candidate: the image and what the repository declared stay. */
export async function changedCandidate(world: World, run: Run, change: Change): Promise<Candidate> {
  const { previous } = run;
  if (!previous) throw errors.E_SITE_NEVER_RELEASED({ site: run.site });
  const { image, declared, revision, tree } = change.back ?? previous;
  // Under the lease, so that nobody frees it meanwhile.
  if (change.back) await requireWhole(world, change.back);
  else await requireUsableSettings(world.state, run.site, Object.keys(change.settings ?? {}));
  const { origin } = previous;
  const from: ReleaseFacts = {
    ...(revision ? { revision } : {}),
    ...(origin ? { origin } : {}),
    ...(tree ? { tree } : {}),
    ...(change.back ? { back: change.back.number } : {}),
  };
  world.told.set(run.site, declared.conf?.plugins ?? {});
  const wanted = change.back ? await asItWas(world, run, change.back) : change;
  const left = await leftToSiblings(world, run.site, origin, declaredDomains(declared));
  const said = await world.state.saidOf(change.back ?? previous);
  const request = { run, image, declared, said, left, fresh: false, from, change: wanted };
  return planRelease(world, request, channel(run.operation, run.site));
}

/** The change that gives a site the configuration and domains of an old release. */
async function asItWas(world: World, { settings: now }: Run, back: Release): Promise<Change> {
  const { values: then, secrets } = await world.state.settingsOf(back);
  const names = Object.keys({ ...now, ...then }) as SettingKey[];
  const changed = names.filter((name) => name !== 'DOMAINS' && now[name] !== then[name]);
  const settings = Object.fromEntries(changed.map((name) => [name, then[name] ?? null]));
  const domains = parseDomains(then['DOMAINS'] ?? '');
  return { reason: 'rollback', back, settings, secrets: [...secrets], domains };
}

/** A site whose new release is proven and can be made current. */
export interface Ready extends Part {
  readonly candidate: Candidate;
  readonly facts: Registered;
  /** How many instances are new. */
  readonly started: number;
}

/** Instances started and proven, services registered; nothing that serves has changed. */
export async function makeReady(world: World, run: Run, candidate: Candidate): Promise<Ready> {
  const { release, environment } = candidate;
  const built: Built = { ...deploymentOf(run), image: release.image };
  const { instances, started, others } = await step(world, run, 'start', async (context) => {
    const silentSince = await takeOverPorts(world, run, candidate, context);
    const ensured = await ensureInstances(world, release, environment, run, context);
    if (silentSince !== undefined)
      context.output(`its host ports answer again after ${(world.clock.now() - silentSince) / 1000} s`);
    if (ensured.started.length > 0)
      await world.hooks.announce('started', { ...built, instances: ensured.instances }, context);
    return ensured;
  });
  const part = {
    run,
    candidate,
    others,
    pointer: pointerTo(release),
    ...(candidate.certificate ? { certificate: candidate.certificate } : {}),
    started: started.length,
    ahead: await contentWrites(world, candidate),
    writes: async () => [
      ...(await releaseWrites(world, run, candidate)),
      ...(started.length > 0 ? [beginWatch(world, release)] : []),
    ],
  };
  if (release.run.httpPort === undefined) return { ...part, facts: { ...built, instances, services: [] } };
  const services = await step(world, run, 'register', async (context) => {
    const registered = await ensureServices(world, release, instances, context);
    for (const { name, problem } of await world.providers.registrar.unusable(run.site))
      context.warn(`the service ${name} in the catalog ${problem}`);
    if (started.length > 0)
      await world.hooks.announce('registered', { ...built, instances, services: registered }, context);
    return registered;
  });
  return { ...part, facts: { ...built, instances, services } };
}

/** A site that is to be taken out of the routes; its configuration, releases and volumes stay. */
export async function makeStopped(world: World, run: Run): Promise<Part> {
  const { site, pointer } = run;
  if (!pointer) throw errors.E_SITE_NEVER_RELEASED({ site });
  const others = await world.providers.runtime.list(site);
  return { run, others, pointer: { ...pointer.record, stopped: true }, ahead: [], writes: async () => [] };
}

export function pointerTo({ site, number, spec, domains, route }: Release): Pointer {
  return { site, release: number, stopped: false, spec, domains, ...(route ? { route } : {}) };
}

export async function releaseWrites(
  world: World,
  { previous, former }: Run,
  { release, writes }: Candidate,
): Promise<readonly StoreOperation[]> {
  const { site, number } = release;
  return [
    { kind: 'set', key: keys.release(site, number), value: JSON.stringify(release), expect: 'absent' },
    ...(await claimDomains(world, release, previous, former?.site)),
    ...writes,
  ];
}

/** What a release is made of, each under its content key; what is secret is sealed. */
export async function contentWrites(
  world: World,
  { release, environment, settings, secrets, said, certificate }: Candidate,
): Promise<StoreOperation[]> {
  const { site } = release;
  const { conf } = release.declared;
  const write = async (key: string, values: Readonly<Record<string, string>>): Promise<StoreOperation> => {
    const sealed = await world.state.secrets.seal(site, values, secrets);
    return { kind: 'set', key: keys.content(site, key), value: JSON.stringify(sealed) };
  };
  return [
    await write(release.environment, environment),
    await write(release.settings, settings),
    ...(conf ? [await write(conf.values, said)] : []),
    ...(certificate ? [await certificateWrite(world, site, { certificate, secrets })] : []),
  ];
}

async function certificateWrite(
  world: World,
  site: SiteName,
  { certificate, secrets }: { certificate: Certificate; secrets: ReadonlySet<string> },
): Promise<StoreOperation> {
  const key = keys.content(site, certificateKey(certificate));
  const { SSL_KEY } = await world.state.secrets.seal(site, { SSL_KEY: certificate.key }, secrets);
  return { kind: 'set', key, value: JSON.stringify({ ...certificate, key: SSL_KEY }) };
}

/**
 * Where a release answers, best first: its domains, with the router's port where that is not the usual one; a wildcard
 * is no address. Pure.
 */
export function urlsOf(
  { domains, route }: Pick<Release, 'domains' | 'route'>,
  { http, https }: Pick<ResolvedConfig, 'http' | 'https'>,
): string[] {
  const [scheme, used, usual] = route?.httpsOnly ? ['https', https.port, 443] : ['http', http.port, 80];
  const port = used === usual ? '' : `:${used}`;
  return domains.filter((domain) => !isWildcard(domain)).map((domain) => `${scheme}://${domain}${port}`);
}
