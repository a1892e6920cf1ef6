/** The steps of a deploy, each of which adds facts. engine.ts puts them in order. */
import { errors } from './error-catalogue.ts';
import type { Domain, SiteName } from './grammar.ts';
import { ensureInstances, ensureServices } from './instances.ts';
import { type Candidate, type Change, planRelease } from './plan.ts';
import type { Built, Declared, Image, Published, Received, Registered } from './release.ts';
import type { Builder, StepContext } from './roles.ts';
import { deploymentOf, type Run, step } from './run.ts';
import { parseCname } from './site.ts';
import type { Push, Source } from './source.ts';
import { keys } from './state.ts';
import type { Ready } from './switch.ts';
import { channel, type World } from './world.ts';

/** A push becomes a candidate: received, built, and its settings resolved. */
export async function buildCandidate(world: World, run: Run, push: Push): Promise<Candidate> {
  const { builder, declared } = await step(world, run, 'receive', async (context) => {
    const received: Received = { ...deploymentOf(run), source: push.source };
    const found = {
      builder: await chooseBuilder(world, run, push.source),
      declared: await readDeclared(push.source),
    };
    await refuseTaken(world, run.site, found.declared.domains);
    await world.hooks.announce('received', received, context);
    return found;
  });
  const image = await step(world, run, 'build', async (context) => {
    const request = {
      site: run.site,
      deploy: run.deploy,
      source: push.source,
      arguments: {},
      noCache: false,
    };
    return builder.build(await world.hooks.modify('modifyBuild', request, context), context);
  });
  try {
    const built: Built = { ...deploymentOf(run), image };
    const context = channel(run.operation, run.site);
    await world.hooks.announce('built', built, context);
    const tree = push.source.kind === 'tree' ? push.source.tree.id : undefined;
    return await planRelease(world, { run, image, declared, ...(tree ? { tree } : {}) }, context);
  } catch (error) {
    // What the gate said is what counts; converge has another chance at the image.
    await builder.discard(image).catch(() => {});
    throw error;
  }
}

/** A change without a push becomes a candidate: the image and what the repository declared stay. */
export async function changedCandidate(world: World, run: Run, change: Change): Promise<Candidate> {
  const { previous } = run;
  if (!previous) throw errors.E_SITE_NEVER_RELEASED({ site: run.site });
  const { image, declared, tree } = previous;
  return planRelease(
    world,
    { run, image, declared, change, ...(tree ? { tree } : {}) },
    channel(run.operation, run.site),
  );
}

/** Instances started and proven, services registered; nothing that serves has changed. */
export async function makeReady(
  world: World,
  run: Run,
  candidate: Candidate,
): Promise<Ready & { facts: Registered }> {
  const { release, environment } = candidate;
  const built: Built = { ...deploymentOf(run), image: release.image };
  const { instances, started, others } = await step(world, run, 'start', async (context) => {
    const ensured = await ensureInstances(world, release, environment, run.deploy, context);
    if (ensured.started.length > 0)
      await world.hooks.announce('started', { ...built, instances: ensured.instances }, context);
    return ensured;
  });
  if (release.run.httpPort === undefined)
    return { run, candidate, others, facts: { ...built, instances, services: [] } };
  const services = await step(world, run, 'register', async (context) => {
    const registered = await ensureServices(world, release, instances, context);
    if (started.length > 0)
      await world.hooks.announce('registered', { ...built, instances, services: registered }, context);
    return registered;
  });
  return { run, candidate, others, facts: { ...built, instances, services } };
}

/** Pushes what serves to the registry. It cannot fail a deploy any more: it warns, and converge tries again. */
export async function publish(
  world: World,
  run: Run,
  candidate: Candidate,
  context: StepContext,
): Promise<void> {
  const { publisher } = world.providers;
  if (!publisher) return;
  const { release } = candidate;
  const reference = await step(world, run, 'publish', (inner) => publisher.publish(release, inner));
  await recordPublished(world, { ...deploymentOf(run), release, reference }, context);
}

/** The release is in the registry: nobody tries again, and everybody is told. */
export async function recordPublished(
  world: World,
  published: Published,
  context: StepContext,
): Promise<void> {
  await world.state.store.transact([{ kind: 'delete', key: keys.unpublished(published.site) }]);
  await world.hooks.announce('published', published, context);
}

/** A domain that another site has is refused before anything is built for it; the claim itself is made with the pointer. */
async function refuseTaken(world: World, site: SiteName, domains: readonly Domain[]): Promise<void> {
  for (const domain of domains) {
    const owner = await world.state.claimant(domain);
    if (owner && owner.site !== site) throw errors.E_DOMAIN_TAKEN({ domain, owner: owner.site });
  }
}

async function chooseBuilder(world: World, run: Run, source: Source): Promise<Builder> {
  const { builders } = world.providers;
  const answers = await Promise.all(builders.map((builder) => builder.accepts(source)));
  const accepting = builders.filter((_, index) => answers[index]);
  const [only, ...more] = accepting;
  if (!only) throw errors.E_NO_BUILDER({ site: run.site, looked: builders.map(({ builds }) => builds) });
  if (more.length > 0)
    throw errors.E_BUILDERS_DISAGREE({ site: run.site, builders: accepting.map(({ builds }) => builds) });
  return only;
}

async function readDeclared(source: Source): Promise<Declared> {
  if (source.kind !== 'tree') return { domains: [] };
  const cname = await source.tree.read('CNAME');
  return { domains: cname ? parseCname(cname.toString('utf8')) : [] };
}

/** Where a release answers, best first: its domains with the router's port where that is not 80. Pure. */
export function urlsOf(domains: readonly string[], httpPort: number): string[] {
  const port = httpPort === 80 ? '' : `:${httpPort}`;
  return domains.map((domain) => `http://${domain}${port}`);
}

/** The builder that lets go of an image; every builder ignores images that it did not make. */
export async function discardImage(world: World, image: Image): Promise<void> {
  for (const builder of world.providers.builders) await builder.discard(image);
}
