/** A tree becomes an image. */
import {
  type BuildRequest,
  errors as coreErrors,
  type Image,
  type StepContext,
  type Tree,
} from '../../core/index.ts';
import type { DockerClient } from '../shared/docker-client.ts';
import { fleetingVolumes, imageFacts } from '../shared/docker-image.ts';
import { basesOf } from './bases.ts';
import { type BuildPlace, buildOptions, imageTag } from './build-call.ts';
import { filterContext } from './build-context.ts';
import { createBuildOutput } from './build-output.ts';
import { detectEngine, inspectImage, runBuild } from './client.ts';
import { syntaxOf, withoutSyntax } from './directives.ts';
import { type Includes, includesOf } from './dockerignore.ts';
import { errors } from './errors.ts';
import { exposedPorts, isEmptyDockerfile } from './exposed-ports.ts';
import { buildError } from './failure.ts';
import type { CheckedOptions } from './options.ts';

export interface BuildWorld {
  readonly client: DockerClient;
  readonly installation: string;
  readonly options: CheckedOptions;
}

/** What of the tree decides how it is built. */
interface Recipe {
  readonly tree: Tree;
  readonly text: string;
  /** Absent where nothing is left out. */
  readonly includes?: Includes;
}

/** Throws E_DOCKERFILE, E_DOCKERIGNORE, E_BUILD_FAILED, E_BUILD_CONTEXT, E_ABORTED, E_TIMEOUT or E_UNAVAILABLE. */
export async function buildTree(
  world: BuildWorld,
  request: BuildRequest,
  context: StepContext,
): Promise<Image> {
  const { client, installation, options } = world;
  const timeout = AbortSignal.timeout(options.timeoutSeconds * 1000);
  const limited = { ...boundContext(context), signal: AbortSignal.any([context.signal, timeout]) };
  const what = `The build of ${request.site}`;
  try {
    const detected = options.engine === 'auto' ? detectEngine(client) : Promise.resolve(options.engine);
    // Of both, what is wrong with the tree is told.
    detected.catch(() => {});
    const recipe = await readRecipe(request, options.dockerfile);
    const engine = await detected;
    const place: BuildPlace = { installation, engine, dockerfile: options.dockerfile };
    await buildWithFallback(client, request, recipe, place, limited);
    return await describe(client, request, recipe, place, context);
  } catch (cause) {
    if (context.signal.aborted) throw coreErrors.E_ABORTED({ what }, { cause });
    if (timeout.aborted) throw coreErrors.E_TIMEOUT({ what, seconds: options.timeoutSeconds }, { cause });
    throw cause;
  }
}

/** `context` may be an object with methods of its own; a spread copy needs them bound. */
function boundContext(context: StepContext): Omit<StepContext, 'signal'> {
  return { output: (line) => context.output(line), warn: (line) => context.warn(line) };
}

async function readRecipe({ source, site }: BuildRequest, file: string): Promise<Recipe> {
  const tree = source.kind === 'tree' ? source.tree : undefined;
  const text = (await tree?.read(file))?.toString('utf8');
  if (!tree || text === undefined) throw coreErrors.E_NO_BUILDER({ site, looked: [file] });
  if (isEmptyDockerfile(text)) throw errors.E_DOCKERFILE({ file, words: 'it has no instruction' });
  for (const ignoreFile of [`${file}.dockerignore`, '.dockerignore']) {
    const patterns = (await tree.read(ignoreFile))?.toString('utf8');
    if (patterns !== undefined)
      return { tree, text, includes: includesOf(ignoreFile, patterns, [file, '.dockerignore']) };
  }
  return { tree, text };
}

/** A front end that cannot be fetched is no reason to fail: most Dockerfiles with `# syntax=` build without it. */
async function buildWithFallback(
  client: DockerClient,
  request: BuildRequest,
  recipe: Recipe,
  place: BuildPlace,
  context: StepContext,
): Promise<void> {
  const attempt = async (pulls: boolean, replacement?: string) => {
    const output = createBuildOutput((line) => context.output(line));
    const tar = await openContext(recipe, place.dockerfile, replacement);
    const words = await runBuild(
      client,
      buildOptions(request, { ...place, pulls }),
      tar,
      output,
      context.signal,
    );
    return { words, output };
  };
  // Only BuildKit fetches through the session that a pull needs.
  const pulls = place.engine === 'buildkit' && (await mayPull(client, recipe.text));
  let { words, output } = await attempt(pulls);
  // An engine that asks the registry all the same, or a base that has just gone.
  if (words?.includes('no active session')) ({ words, output } = await attempt(true));
  const syntax = syntaxOf(recipe.text);
  const missing = output.frontEndError();
  if (words !== undefined && missing !== undefined && syntax !== undefined) {
    context.warn(
      `The front end ${syntax} (# syntax= in the ${place.dockerfile}) cannot be fetched: ${missing}. Building with the engine's own.`,
    );
    ({ words, output } = await attempt(true, withoutSyntax(recipe.text)));
  }
  if (words !== undefined)
    throw buildError({
      site: request.site,
      file: place.dockerfile,
      text: recipe.text,
      words,
      lines: output.last(),
    });
}

/** False where everything that the build takes something from is there already. */
async function mayPull(client: DockerClient, text: string): Promise<boolean> {
  const bases = basesOf(text);
  if (!bases) return true;
  const found = await Promise.all(bases.map((name) => inspectImage(client, name)));
  return found.includes(undefined);
}

/** Each attempt sends the tree anew. Where there is nothing to leave out or to replace, it flows through untouched. */
async function openContext({ tree, includes }: Recipe, dockerfile: string, replacement?: string) {
  const tar = await tree.tar();
  if (!includes && replacement === undefined) return tar;
  return filterContext(tar, {
    includes: includes ?? (() => true),
    ...(replacement === undefined ? {} : { replace: { path: dockerfile, content: replacement } }),
  });
}

async function describe(
  client: DockerClient,
  request: BuildRequest,
  recipe: Recipe,
  place: BuildPlace,
  context: StepContext,
): Promise<Image> {
  const tag = imageTag(place.installation, request.site, request.deploy);
  const image = await inspectImage(client, tag);
  if (!image)
    throw errors.E_BUILD_FAILED({
      site: request.site,
      words: 'the engine ended it without an image',
      lines: [],
    });
  for (const path of fleetingVolumes(image))
    context.warn(`VOLUME ${path} is no absolute path: its data is lost with each release. Write /${path}.`);
  return { ...imageFacts(image, exposedPorts(recipe.text, request.arguments)), tag };
}
