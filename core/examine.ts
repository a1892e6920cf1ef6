/** What is found out about a push before any work: who builds it, what it asks for, and what of that it may not have. */
import { type LeftDomain, leftToSiblings, refuseTaken } from './claims.ts';
import { declaredDomains, parseCname, resolveDomains } from './domains.ts';
import { errors } from './error-catalogue.ts';
import type { Domain, SiteName } from './grammar.ts';
import type { HookCaller } from './hooks.ts';
import { type Layered, layered } from './layers.ts';
import { refuseForeign } from './origin.ts';
import { allowedOptions } from './permissions.ts';
import { declaredHere } from './plan.ts';
import { commandIn } from './procfile.ts';
import type { Declared } from './release.ts';
import type { Builder } from './roles.ts';
import type { Run } from './run.ts';
import { resolveSite, unknownImage } from './site.ts';
import { type ReadConf, readConf } from './site-conf.ts';
import { readSiteFile } from './site-file.ts';
import { siteFileKeys } from './site-file-key.ts';
import { resolveRoute } from './site-route.ts';
import type { Push, Source } from './source.ts';
import { requireUsableSettings } from './unusable.ts';
import type { World } from './world.ts';

/** What is found out about a push before any work. */
export interface Examined {
  readonly builder: Builder;
  readonly declared: Declared;
  /** The values that its site file gives. */
  readonly said: ReadConf['said'];
  readonly left: readonly LeftDomain[];
}

/** A push, and all that come with it. */
export interface Pushed {
  readonly push: Push;
  readonly pushes: readonly Push[];
}

/** What is asked of a push before any work, and can be asked without it. */
export async function examine(
  world: World,
  { previous, settings }: Pick<Run, 'previous' | 'settings'>,
  { push, pushes }: Pushed,
  caller: HookCaller,
): Promise<Examined> {
  const { site, source, origin } = push;
  refuseForeign(site, previous, push);
  await requireUsableSettings(world.state, site);
  const builder = await chooseBuilder(world, site, source);
  const { declared, said } = await readDeclared(world, builder, push, caller);
  const all = layered({ settings, said, ...declared, defaults: world.config.defaults });
  refuseUnusable(world, site, all, declared);
  await allowedOptions(world, site, declared.options, all);
  const beside = await declaredBeside(world, push, pushes);
  const from = origin ?? previous?.origin;
  const left = await leftToSiblings(world, site, from, declaredDomains(declared), beside);
  const domains = resolveDomains(site, world.config, declaredHere(declared, left), []);
  await refuseTaken(
    world,
    site,
    domains.map(({ domain }) => domain),
  );
  return { builder, declared, said, left };
}

/** What main or master of the same repository declares, where it comes in the same push. */
async function declaredBeside(
  { config }: World,
  { origin }: Push,
  pushes: readonly Push[],
): Promise<LeftDomain[]> {
  const repository = origin?.repository;
  const main = pushes.find(
    (one) => repository && one.site === repository && one.origin?.repository === repository,
  );
  if (!main) return [];
  const { source } = main;
  const keys = siteFileKeys(config.plugins);
  const file = source.kind === 'tree' ? await readSiteFile(source.tree, keys) : undefined;
  const inFile = file?.domains ?? [];
  return [...(await readDomains(source)), ...inFile].map((domain) => ({ domain, owner: main.site }));
}

async function chooseBuilder(world: World, site: SiteName, source: Source): Promise<Builder> {
  const { builders } = world.providers;
  const answers = await Promise.all(builders.map((builder) => builder.accepts(source)));
  const accepting = builders.filter((_, index) => answers[index]);
  const [only, ...more] = accepting;
  if (!only) throw errors.E_NO_BUILDER({ site, looked: builders.map(({ builds }) => builds) });
  if (more.length > 0)
    throw errors.E_BUILDERS_DISAGREE({ site, builders: accepting.map(({ builds }) => builds) });
  return only;
}

async function readDeclared(
  world: World,
  builder: Builder,
  push: Push,
  caller: HookCaller,
): Promise<Pick<Examined, 'declared' | 'said'>> {
  const { conf, said } = await readConf(world, push, caller);
  const options = await builder.declares(push.source);
  const releaseCommand = commandIn(await readText(push.source, 'Procfile'), 'release');
  const declared: Declared = {
    domains: await readDomains(push.source),
    ...(conf ? { conf } : {}),
    ...(releaseCommand === undefined ? {} : { releaseCommand }),
    ...(options ? { options } : {}),
  };
  return { declared, said };
}

/** What does not go together is as wrong before the build as after it. @throws E_SETTINGS */
function refuseUnusable(
  { config }: World,
  site: SiteName,
  { settings }: Layered,
  { options }: Declared,
): void {
  resolveSite(site, settings, unknownImage, options);
  resolveRoute(site, settings, config.https.certificate !== undefined);
}

async function readDomains(source: Source): Promise<Domain[]> {
  return parseCname(await readText(source, 'CNAME'));
}

/** Empty where there is no such file. */
async function readText(source: Source, path: string): Promise<string> {
  const file = source.kind === 'tree' ? await source.tree.read(path) : undefined;
  return file?.toString('utf8') ?? '';
}
